"""What the chosen models are called and can do, told from their configuration alone: nothing is loaded, nobody is asked."""

from apps.gateway.conf import EMBEDDED, EXTRACTIVE, HTTP, LATE_INTERACTION, NONE, ChatConfig, EmbedderConfig, EmbeddingConfig, RerankConfig
from apps.gateway.providers.embedded import DIMENSION, LANGUAGES, NAME, SPREAD, WINDOW
from apps.gateway.providers.extractive import NAME as EXTRACTIVE_NAME
from apps.gateway.types import ChatModelInfo, EmbeddingModelInfo, RerankModelInfo

# Servers do not tell how much their model reads. Every one in use reads this much, and longer passages search no better.
ASSUMED_WINDOW = 512
# A search waits so long for better scores than its own. A language model writes them out, number by number.
RERANK_SECONDS = 2.0
LANGUAGE_MODEL_SECONDS = 8.0
# A model that was taught to judge counts as much as a search's own score. Words compared with words add little to it: measured, this
# gains up to 0.004 nDCG on SciFact, Cranfield and XQuAD in English and German; from 0.25 on Cranfield loses, and alone it loses everywhere.
JUDGE_WEIGHT = 1.0
LATE_INTERACTION_WEIGHT = 0.15


def chat_model_info(config: ChatConfig) -> ChatModelInfo:
    if config.kind == EXTRACTIVE:
        return ChatModelInfo(EXTRACTIVE_NAME, is_embedded=True)
    return ChatModelInfo(config.model, is_embedded=False, has_tools=config.has_tools)


def embedding_model_info(config: EmbeddingConfig, embedder: EmbedderConfig) -> EmbeddingModelInfo:
    if config.kind != EMBEDDED:
        return EmbeddingModelInfo(config.model, config.dimension, ASSUMED_WINDOW)
    # Vectors of the two precisions are not the same, so they are not one model.
    return EmbeddingModelInfo(f"{NAME}-int8" if embedder.is_int8 else NAME, DIMENSION, WINDOW, LANGUAGES, SPREAD)


def rerank_model_info(config: RerankConfig, chat: ChatConfig, embedder: EmbedderConfig) -> RerankModelInfo | None:
    if config.kind == NONE:
        return None
    if config.kind == HTTP:
        return RerankModelInfo(config.model or HTTP, RERANK_SECONDS, JUDGE_WEIGHT)
    if config.kind == LATE_INTERACTION:
        return RerankModelInfo(embedding_model_info(EmbeddingConfig(EMBEDDED), embedder).name, RERANK_SECONDS, LATE_INTERACTION_WEIGHT)
    # The one that comes with Quire quotes; it cannot judge.
    return RerankModelInfo(chat.model, LANGUAGE_MODEL_SECONDS, JUDGE_WEIGHT) if chat.kind != EXTRACTIVE else None
