"""Providers and their models, as operators change them. What one change would break in another row is refused, in words."""

from urllib.parse import urlsplit

from apps.accounts.services.actors import find
from apps.accounts.types import Operator
from apps.common.errors import Conflict, Invalid
from apps.gateway.models import Model, ModelKind, Provider, ProviderKind, RouteTarget
from apps.gateway.services import changing
from apps.gateway.services.routes import require_fit
from apps.gateway.targets import EMBEDDED_PROVIDER, SETTINGS_PROVIDER

CAPABILITIES = ("tools", "json", "vision")
# What comes with Quire is reached nowhere.
OWN_KINDS = frozenset({ProviderKind.EXTRACTIVE, ProviderKind.EMBEDDED})
_MODELS_OF: dict[str, tuple[str, ...]] = {
    ProviderKind.OPENAI_COMPATIBLE: (ModelKind.CHAT, ModelKind.EMBEDDING),
    ProviderKind.EXTRACTIVE: (ModelKind.CHAT,),
    ProviderKind.EMBEDDED: (ModelKind.EMBEDDING,),
    ProviderKind.RERANK: (ModelKind.RERANK,),
}


def save_provider(operator: Operator, provider: Provider, *, key: str | None = None) -> Provider:
    """Save a provider as it stands. `key` replaces its API key, and "" takes it away; None leaves what is kept.

    A key that was typed in for one server is not sent to another: where the address leads elsewhere it has to be typed again.
    """
    with changing.changing(operator, Provider) as now:
        before = changing.stored(provider)
        _require_name(provider.name)
        _put_address(provider)
        if before is not None:
            _require_same_models(provider)
            if key is None and before.has_key and _server(before) != _server(provider):
                raise Invalid("The key was given for another address. Type it again, or remove it.")
        if key is not None:
            provider.api_key = key.strip()
        # Neither read nor shown: a key that cannot be opened any more keeps nobody from putting the rest right.
        return changing.save(now, provider, told=("name", "kind", "base_url", "is_enabled"), without_check=("api_key",))


def delete_provider(operator: Operator, *, provider_id: object) -> None:
    with changing.changing(operator, Provider) as now:
        provider: Provider = find(now, Provider.objects.all(), provider_id)
        if count := provider.models.count():
            raise Conflict(f"{_models(count)} {provider}. Delete or move them first, or take the provider out of use.")
        changing.delete(now, provider)


def save_model(operator: Operator, model: Model) -> Model:
    with changing.changing(operator, Model) as now:
        _require_whole(model)
        for target in RouteTarget.objects.filter(model=model.pk).select_related("route"):
            require_fit(target.route, model)
        return changing.save(now, model, told=("name", "stage", "price_in", "price_out", "window"))


def delete_model(operator: Operator, *, model_id: object) -> None:
    with changing.changing(operator, Model) as now:
        model: Model = find(now, Model.objects.all(), model_id)
        routes = list(RouteTarget.objects.filter(model=model).order_by("route__name").values_list("route__name", flat=True))
        if routes:
            raise Conflict(f"{model.name} answers for {', '.join(routes)}. Take it out there first, or retire it.")
        changing.delete(now, model)


def _require_name(name: str) -> None:
    if name.lower() in {EMBEDDED_PROVIDER, SETTINGS_PROVIDER}:
        raise Invalid(f"The name {name} stands for what comes with Quire or is set by its settings. Choose another one.")
    if "/" in name:
        raise Invalid("A provider's name has no slash: a model is known as provider/model.")


def _put_address(provider: Provider) -> None:
    """Only what is reached by HTTP, and nothing secret in what is shown."""
    if provider.kind in OWN_KINDS:
        provider.base_url = ""
        return
    provider.base_url = provider.base_url.strip().rstrip("/")
    if not is_address(provider.base_url):
        raise Invalid("Write the base URL as an address of http or https, such as https://api.example.org/v1, without a user, a password or a query.")


def is_address(text: str) -> bool:
    """Any server may be meant, one on the own network or the same machine too."""
    try:
        parts = urlsplit(text)
        is_whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    has_more = parts.query or parts.fragment or "@" in parts.netloc or not text.isprintable() or " " in text
    return is_whole and not has_more


def _server(provider: Provider) -> tuple[str, str]:
    parts = urlsplit(provider.base_url)
    return parts.scheme, parts.netloc.lower()


def _require_same_models(provider: Provider) -> None:
    strange = [model.name for model in provider.models.order_by("name") if model.kind not in _MODELS_OF.get(provider.kind, ())]
    if strange:
        raise Conflict(f"A provider of this kind has no models such as {strange[0]}. Delete or move them first.")


def _require_whole(model: Model) -> None:
    if model.kind not in _MODELS_OF[model.provider.kind]:
        kinds = " or ".join(ModelKind(kind).label.lower() for kind in _MODELS_OF[model.provider.kind])
        raise Invalid(f"{model.provider} has models for {kinds} only.")
    if model.kind == ModelKind.EMBEDDING and not model.dimension:
        raise Invalid("An embedding model needs its dimension: how many numbers one of its vectors has.")
    if model.kind == ModelKind.CHAT and (model.price_in is None) != (model.price_out is None):
        raise Invalid("Give both prices or neither: half a price counts as none.")
    if unknown := sorted(set(model.capabilities) - set(CAPABILITIES)):
        raise Invalid(f"There is no capability {unknown[0]}.")


def _models(count: int) -> str:
    return "1 model belongs to" if count == 1 else f"{count} models belong to"
