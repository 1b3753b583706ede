"""Who did what, when, from where: the one way into the audit trail.

`record` is for a change: its row stands or falls with the caller's transaction. `note` is for what happens often (API
requests, refusals): it goes through the bounded writer. Neither takes text of documents, questions or answers, nor
titles: ids only.
"""

import ipaddress
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NoReturn
from uuid import UUID

from apps.accounts.models import AuditEntry, User
from apps.accounts.services import audit_writer
from apps.accounts.services.audit_detail import clean_detail, clean_text
from apps.accounts.types import Reader
from apps.common.errors import NotAllowed

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(slots=True)
class RequestFacts:
    """What is known of the present request; filled as it goes through the house. Sockets and agents have none of it."""

    request_id: str = ""
    address: str | None = None
    method: str = ""
    route: str = ""
    user: User | None = None
    workspace_id: UUID | None = None
    api_key_id: UUID | None = None
    status: int | None = None
    latency_ms: int | None = None


# Any in the details: whatever JSON can hold; `clean_detail` sees to it.
_NOTHING_KNOWN = RequestFacts()
_facts: ContextVar[RequestFacts | None] = ContextVar("audit_facts", default=None)


def begin_request(facts: RequestFacts) -> None:
    _facts.set(facts)


def end_request() -> None:
    _facts.set(None)


def tell_route(route: str) -> None:
    if (facts := _facts.get()) is not None:
        facts.route = route


def tell_user(user: User) -> None:
    if (facts := _facts.get()) is not None:
        facts.user = user


def tell_reader(reader: Reader) -> None:
    """Say as whom the present request acts, so that its entry names the workspace and the key even where it is refused."""
    if (facts := _facts.get()) is not None:
        facts.user, facts.workspace_id, facts.api_key_id = reader.user, reader.workspace.pk, reader.api_key_id


def record(  # noqa: PLR0913  # each is a column, and every caller gives two or three
    action: str,
    *,
    actor: User | None = None,
    reader: Reader | None = None,
    workspace_id: UUID | None = None,
    target: object | None = None,
    object_type: str = "",
    object_id: object = "",
    **detail: Any,
) -> None:
    """Write one entry now, in the caller's transaction: a change that is rolled back leaves none.

    `action` is `noun.verb_past`. `target` is the row that it is about; name it by `object_type` and `object_id` where it is
    gone already. Who acts is the reader's person, else `actor`, else the request's.
    """
    _make(action, _who(actor, reader), workspace_id, _what(target, object_type, object_id), detail).save(force_insert=True)


def note(  # noqa: PLR0913  # as `record`
    action: str,
    *,
    actor: User | None = None,
    reader: Reader | None = None,
    workspace_id: UUID | None = None,
    target: object | None = None,
    object_type: str = "",
    object_id: object = "",
    **detail: Any,
) -> None:
    """Hand one entry to the writer, which costs the caller no query. Never raises for a database that is away."""
    audit_writer.WRITER.write(_make(action, _who(actor, reader), workspace_id, _what(target, object_type, object_id), detail))


def refuse(reader: Reader, right: str, *, via: str) -> NoReturn:
    """Raise NotAllowed and note it, where no request does that by itself: on sockets and for agents."""
    note("right.denied", reader=reader, right=right, via=via)
    raise NotAllowed(right)


# Verbs of Django's administration in those of the trail; nouns where a model's name is not the noun.
_VERBS = {"added": "added", "changed": "changed", "deleted": "removed"}
_NOUNS = {"apikey": "key", "groupmember": "group_member", "collectiongrant": "collection_grant", "documentgrant": "document_grant"}


def record_admin_change(request: Any, obj: Any, change_message: object = "", *, verb: str = "changed") -> None:
    """Record a change in the administration, from log_addition, log_change and log_deletion (`verb`: added, changed, deleted).

    Of Django's message only the names of fields are kept: it also holds what the rows call themselves.
    """
    noun = _NOUNS.get(obj._meta.model_name, obj._meta.model_name)
    changes = _field_names(change_message if isinstance(change_message, list) else [])
    if changes == {"fields": ["password"]}:
        record("password.changed", actor=request.user, target=obj, by="administration")
    else:
        record(f"{noun}.{_VERBS[verb]}", actor=request.user, target=obj, via="administration", **changes)


def _field_names(message: list[Any]) -> dict[str, Any]:
    fields: list[str] = []
    rows: list[dict[str, object]] = []
    for part in message:
        for verb, about in part.items() if isinstance(part, dict) else ():
            names = [str(name) for name in about.get("fields", ())]
            if "name" in about:
                rows.append({"verb": verb, "kind": str(about["name"]), "fields": names})
            else:
                fields += names
    return {name: found for name, found in (("fields", fields), ("rows", rows)) if found}


def _who(actor: User | None, reader: Reader | None) -> RequestFacts:
    """The present request's facts, with the person and key of this entry in them."""
    known = _facts.get() or _NOTHING_KNOWN
    user = reader.user if reader else actor or known.user
    return RequestFacts(
        request_id=known.request_id,
        address=known.address,
        method=known.method,
        route=known.route,
        user=user,
        workspace_id=reader.workspace.pk if reader else known.workspace_id,
        api_key_id=reader.api_key_id if reader else known.api_key_id,
        status=known.status,
        latency_ms=known.latency_ms,
    )


def _what(target: Any, object_type: str, object_id: object) -> tuple[str, str, UUID | None]:
    """Kind, id and workspace of what the entry is about."""
    meta = getattr(target, "_meta", None)
    kind = object_type or (meta.model_name if meta else "")
    identity = object_id or getattr(target, "pk", None) or ""
    workspace = target.pk if kind == "workspace" and target is not None else getattr(target, "workspace_id", None)
    return clean_text(kind, 40), clean_text(str(identity), 64), workspace if isinstance(workspace, UUID) else None


def _make(action: str, who: RequestFacts, workspace_id: UUID | None, what: tuple[str, str, UUID | None], detail: Mapping[str, object]) -> AuditEntry:
    kind, identity, its_workspace = what
    return AuditEntry(
        action=clean_text(action, 60),
        actor_id=who.user.pk if who.user else None,
        actor=who.user.email[:254] if who.user else "",
        api_key_id=who.api_key_id,
        workspace_id=workspace_id or its_workspace or who.workspace_id,
        object_type=kind,
        object_id=identity,
        request_id=clean_text(who.request_id, 64),
        address=_clean_address(who.address),
        method=who.method if who.method in _METHODS else "",
        route=clean_text(who.route),
        status=who.status,
        latency_ms=who.latency_ms,
        detail=clean_detail(detail),
    )


def _clean_address(address: str | None) -> str | None:
    try:
        return str(ipaddress.ip_address((address or "").partition("%")[0]))
    except ValueError:
        return None
