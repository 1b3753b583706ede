"""Trying a provider out, in words for the operator who looks after it."""

from dataclasses import dataclass

from django.db import connection

from apps.accounts.services.actors import find, record_by
from apps.accounts.types import Operator
from apps.common.crypto import CannotOpen
from apps.common.errors import NotAllowed
from apps.gateway.models import Provider, ProviderKind, Stage
from apps.gateway.providers import probing
from apps.gateway.services.registry import OWN_KINDS


@dataclass(frozen=True, slots=True)
class Verdict:
    is_good: bool
    words: str


def probe_provider(operator: Operator, *, provider_id: object) -> Verdict:
    """Ask a provider, with its key, and say what came of it. No connection to the database waits for the answer."""
    if not operator.can_change(Provider):
        raise NotAllowed("operator.models", "Your operator role may look at providers, not call them.")
    provider: Provider = find(operator, Provider.objects.all(), provider_id)
    if provider.kind in OWN_KINDS:
        return Verdict(True, f"{provider} comes with Quire and runs in its own processes: there is nothing to reach.")
    try:
        key = str(provider.api_key)
    except CannotOpen as error:
        return Verdict(False, error.detail)
    models = list(provider.models.exclude(stage=Stage.RETIRED).order_by("name").values_list("name", flat=True))
    record_by(operator, "provider.tried", provider)
    if not connection.in_atomic_block:
        connection.close()
    if provider.kind == ProviderKind.RERANK:
        return _say(provider, probing.rerank_two(provider.base_url, key, models[0] if models else ""), models, bool(key))
    return _say(provider, probing.list_models(provider.base_url, key), models, bool(key))


def _say(provider: Provider, finding: probing.Finding, models: list[str], has_key: bool) -> Verdict:
    if finding.problem:
        return Verdict(False, f"{provider}: {_PROBLEMS[finding.problem].format(status=finding.status, key='the key' if has_key else 'calls without a key')}")
    if finding.names is None:
        return Verdict(True, f"{provider} was reached and answered as a reranking server.")
    known, unknown = [name for name in models if name in finding.names], [name for name in models if name not in finding.names]
    words = [f"{provider} was reached and lists {'1 model' if len(finding.names) == 1 else f'{len(finding.names)} models'}."]
    words += [f"It knows {', '.join(known)}."] if known else []
    words += [f"It does not list {', '.join(unknown)}: check how the name is spelt there."] if unknown else []
    return Verdict(not unknown, " ".join(words))


_PROBLEMS = {
    probing.UNREACHED: "no server can be reached at this address. Check the address, the network, and whether its certificate is trusted here.",
    probing.SILENT: f"the server did not answer within {probing.SECONDS:.0f} seconds.",
    probing.WRONG_KEY: "the server was reached and refuses {key} ({status}). Type the key again.",
    probing.MOVED: "the server sends to another address ({status}). Write the one that it sends to, often with https.",
    probing.ABSENT: "a server was reached, but nothing that we ask for is at this address ({status}). Check where the API begins, often with /v1.",
    probing.BUSY: "the server was reached and asks to be called less often ({status}). Try again in a minute.",
    probing.BROKEN: "the server was reached and has trouble of its own ({status}). Try again later.",
    probing.NO_API: "a server was reached, but it does not answer as such an API does. Check the kind, and where the API begins, often with /v1.",
}
