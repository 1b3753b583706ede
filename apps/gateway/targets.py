"""A model at its provider, as the pipeline calls it, and the names under which models are asked for."""

from dataclasses import dataclass, field
from decimal import Decimal

from apps.gateway import conf
from apps.gateway.providers.embedded import DIMENSION, WINDOW
from apps.gateway.providers.extractive import NAME as EXTRACTIVE_NAME

CHAT, EMBEDDING, RERANK = "chat", "embedding", "rerank"
# A capability: it can be offered tools.
TOOLS = "tools"
# The provider of what comes with Quire, and of what the settings name.
EMBEDDED_PROVIDER, SETTINGS_PROVIDER = "quire", "settings"


@dataclass(frozen=True, slots=True)
class Price:
    """Of a million tokens, in the installation's currency."""

    per_million_in: Decimal
    per_million_out: Decimal

    def of(self, input_tokens: int, output_tokens: int) -> Decimal:
        return (self.per_million_in * input_tokens + self.per_million_out * output_tokens) / 1_000_000


NOTHING = Decimal(0)
FREE = Price(NOTHING, NOTHING)


@dataclass(frozen=True, slots=True)
class Target:
    """One model at one provider, with all that it takes to call it. `name` is "provider/model", by which its health is known."""

    provider: str
    model: str
    kind: str
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    window: int | None = None
    dimension: int | None = None
    # None: nobody knows, which is not 0.
    price: Price | None = None
    capabilities: frozenset[str] = frozenset()
    first_token_seconds: float = 120.0
    silence_seconds: float = 60.0
    weight: int = 1

    @property
    def name(self) -> str:
        return f"{self.provider}/{self.model}"

    @property
    def is_embedded(self) -> bool:
        """It runs in this process: nothing leaves the house."""
        return self.kind in (conf.EXTRACTIVE, conf.EMBEDDED, conf.LATE_INTERACTION)


@dataclass(frozen=True, slots=True)
class RouteInfo:
    """Targets by falling weight; those of the first's weight share the calls. `workspaces` None: open to all."""

    name: str
    kind: str
    targets: tuple[Target, ...]
    workspaces: frozenset[str] | None = None
    is_default: bool = False

    def is_open_to(self, workspace_id: str | None) -> bool:
        return self.workspaces is None or workspace_id in self.workspaces


def own_route(kind: str) -> RouteInfo | None:
    """What the settings name, or else what comes with Quire; nothing reranks by itself."""
    target = _own_chat() if kind == CHAT else _own_embedding() if kind == EMBEDDING else _own_rerank()
    return RouteInfo(target.model, kind, (target,)) if target else None


def _own_chat() -> Target:
    config = conf.chat_config()
    if config.kind == conf.EXTRACTIVE:
        return Target(EMBEDDED_PROVIDER, EXTRACTIVE_NAME, conf.EXTRACTIVE, price=FREE)
    price = Price(*config.prices) if config.prices else None
    capabilities = frozenset({TOOLS} if config.has_tools else ())
    address = (config.base_url, config.api_key)
    return Target(SETTINGS_PROVIDER, config.model, config.kind, *address, window=config.window, price=price, capabilities=capabilities)


def _own_embedding() -> Target:
    from apps.gateway.naming import embedding_model_info

    config = conf.embedding_config()
    name = embedding_model_info(config, conf.embedder_config()).name
    if config.kind == conf.EMBEDDED:
        return Target(EMBEDDED_PROVIDER, name, conf.EMBEDDED, window=WINDOW, dimension=DIMENSION, price=FREE)
    return Target(SETTINGS_PROVIDER, name, config.kind, config.base_url, config.api_key, dimension=config.dimension, price=_price_in(config.price))


def _own_rerank() -> Target | None:
    """Its calls take no longer than a search waits. The kind that asks the language model pays there, and not once more here."""
    from apps.gateway.naming import rerank_model_info

    config = conf.rerank_config()
    info = rerank_model_info(config, conf.chat_config(), conf.embedder_config())
    if info is None:
        return None
    provider = EMBEDDED_PROVIDER if config.kind == conf.LATE_INTERACTION else SETTINGS_PROVIDER
    price = _price_in(config.price) if config.kind == conf.HTTP else FREE
    seconds = info.seconds
    return Target(provider, info.name, config.kind, config.base_url, config.api_key, price=price, first_token_seconds=seconds, silence_seconds=seconds)


def _price_in(price: Decimal | None) -> Price | None:
    """Of a model that writes nothing."""
    return None if price is None else Price(price, NOTHING)
