"""The extractive model as a provider of the gateway."""

from collections.abc import AsyncIterator, Sequence

from apps.gateway.conf import EmbedderConfig
from apps.gateway.providers.embedded.counting import count
from apps.gateway.providers.embedded.provider import EmbeddedEmbeddingProvider
from apps.gateway.providers.extractive.model import ExtractiveChatModel
from apps.gateway.providers.langchain import stream_chunks, to_langchain
from apps.gateway.types import ChatMessage, ChatOptions, Chunk


class ExtractiveProvider:
    def __init__(self, embedder: EmbedderConfig) -> None:
        self._model = ExtractiveChatModel(embedder=EmbeddedEmbeddingProvider(embedder), count=lambda texts: count(texts, embedder.models_dir))

    def stream(self, messages: Sequence[ChatMessage], options: ChatOptions) -> AsyncIterator[Chunk]:
        """It quotes, so no option has anything to change."""
        return stream_chunks(self._model, to_langchain(messages))
