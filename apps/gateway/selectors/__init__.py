"""Which models are in use, for pages that name them and for rows that remember them."""

from apps.gateway import conf
from apps.gateway.naming import chat_model_info, embedding_model_info, rerank_model_info
from apps.gateway.types import ChatModelInfo, EmbeddingModelInfo, RerankModelInfo


def get_chat_model() -> ChatModelInfo:
    return chat_model_info(conf.chat_config())


def get_embedding_model() -> EmbeddingModelInfo:
    """Its window counts the two marks around a text, which `count_tokens` does not."""
    return embedding_model_info(conf.embedding_config(), conf.embedder_config())


def get_rerank_model() -> RerankModelInfo | None:
    """None where nothing reranks, which is the default."""
    return rerank_model_info(conf.rerank_config(), conf.chat_config(), conf.embedder_config())
