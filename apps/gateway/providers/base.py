"""What a provider has to be able to do. One small file a kind; the registry picks one by the settings."""

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Protocol

from apps.gateway.types import ChatMessage, Chunk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ChatProvider(Protocol):
    """A language model. Every failure leaves it as a ProviderError."""

    def stream(self, messages: Sequence[ChatMessage]) -> AsyncIterator[Chunk]:
        """Stream one answer. The last chunk carries the usage; closing the iterator stops the model."""
        ...


class RerankProvider(Protocol):
    """A model that reads a query and a text together. Every failure leaves it as a ProviderError."""

    async def rerank(self, query: str, texts: Sequence[str]) -> list[float]:
        """One score a text, in their order, from 0 to 1 whatever else is asked about; higher fits better."""
        ...


class EmbeddingProvider(Protocol):
    """A model that turns texts into unit vectors. Every failure leaves it as a ProviderError."""

    async def embed(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """One row a text, in their order, each of length 1."""
        ...
