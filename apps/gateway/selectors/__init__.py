"""Which models are in use, for pages that name them and for rows that remember them."""

from apps.gateway import conf
from apps.gateway.catalogue import current_sync
from apps.gateway.naming import JUDGE_WEIGHT, RERANK_SECONDS, chat_model_info, embedding_model_info, rerank_model_info
from apps.gateway.targets import CHAT, RERANK, TOOLS, Price, own_route
from apps.gateway.types import ChatModelInfo, EmbeddingModelInfo, RerankModelInfo


def get_chat_model(workspace_id: str | None = None) -> ChatModelInfo:
    """The model that answers where none is named: the default route's that this workspace may use, else the settings'."""
    route = current_sync().find_route(CHAT, None, workspace_id)
    if route is None or not route.targets:
        return chat_model_info(conf.chat_config())
    asked = [target for target in route.targets if not target.is_embedded]
    return ChatModelInfo(route.name, is_embedded=not asked, has_tools=bool(asked) and all(TOOLS in target.capabilities for target in asked))


def get_chat_price(workspace_id: str | None = None) -> Price | None:
    """What tokens of the same model cost at most, whichever of its route's targets answers. None where nobody knows of one of them."""
    route = current_sync().find_route(CHAT, None, workspace_id)
    prices = [target.price for target in route.targets] if route else []
    known = [price for price in prices if price is not None]
    if not known or len(known) < len(prices):
        return None
    return Price(max(price.per_million_in for price in known), max(price.per_million_out for price in known))


def get_embedding_model() -> EmbeddingModelInfo:
    """Its window counts the two marks around a text, which `count_tokens` does not."""
    return embedding_model_info(conf.embedding_config(), conf.embedder_config())


def get_rerank_model(workspace_id: str | None = None) -> RerankModelInfo | None:
    """The default route's that this workspace may use, else the settings'. None where nothing reranks, as long as nobody asks for it."""
    route = current_sync().find_route(RERANK, None, workspace_id)
    if route is None or route == own_route(RERANK):
        return rerank_model_info(conf.rerank_config(), conf.chat_config(), conf.embedder_config())
    return RerankModelInfo(route.name, RERANK_SECONDS, JUDGE_WEIGHT)
