"""What the chosen models are called and can do, told from their configuration alone: nothing is loaded, nobody is asked."""

from apps.gateway.conf import EMBEDDED, EXTRACTIVE, ChatConfig, EmbedderConfig, EmbeddingConfig
from apps.gateway.providers.embedded import DIMENSION, LANGUAGES, NAME, SPREAD, WINDOW
from apps.gateway.providers.extractive import NAME as EXTRACTIVE_NAME
from apps.gateway.types import ChatModelInfo, EmbeddingModelInfo

# Servers do not tell how much their model reads. Every one in use reads this much, and longer passages search no better.
ASSUMED_WINDOW = 512


def chat_model_info(config: ChatConfig) -> ChatModelInfo:
    if config.kind == EXTRACTIVE:
        return ChatModelInfo(EXTRACTIVE_NAME, is_embedded=True)
    return ChatModelInfo(config.model, is_embedded=False)


def embedding_model_info(config: EmbeddingConfig, embedder: EmbedderConfig) -> EmbeddingModelInfo:
    if config.kind != EMBEDDED:
        return EmbeddingModelInfo(config.model, config.dimension, ASSUMED_WINDOW)
    # Vectors of the two precisions are not the same, so they are not one model.
    return EmbeddingModelInfo(f"{NAME}-int8" if embedder.is_int8 else NAME, DIMENSION, WINDOW, LANGUAGES, SPREAD)
