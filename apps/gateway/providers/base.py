"""What a provider has to be able to do. One small file a kind; the registry makes one for each target."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from apps.gateway.types import ChatMessage, ChatOptions, Chunk, Usage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ChatProvider(Protocol):
    """A language model. Every failure leaves it as a ProviderError."""

    def stream(self, messages: Sequence[ChatMessage], options: ChatOptions) -> AsyncIterator[Chunk]:
        """Stream one answer; it is an async generator, and closing it stops the model.

        The last chunk has a usage and a finish reason. Chunks before it may have a usage too, of what was written so far: the last
        one seen counts, also where the stream breaks off. What fails after the first text is a StreamCut, whatever its cause.
        """
        ...


# Not compared: arrays do not say whether they are equal.
@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """One row a text, in their order, each of length 1 and of 32-bit numbers."""

    vectors: "NDArray[np.float32]"
    usage: Usage


Billed = Callable[[Usage], None]


def not_billed(usage: Usage) -> None:
    """For who keeps no books."""


class EmbeddingProvider(Protocol):
    """A model that turns texts into unit vectors. Every failure leaves it as a ProviderError."""

    async def embed(self, texts: Sequence[str], billed: Billed = not_billed) -> Embedded:
        """`billed` hears what it is billed for so far, after each request where it takes several: a later one may fail."""
        ...


@dataclass(frozen=True, slots=True)
class Scored:
    """One score a text, in their order, from 0 to 1 whatever else is asked about; higher fits better."""

    scores: list[float]
    usage: Usage


class RerankProvider(Protocol):
    """A model that reads a query and a text together. Every failure leaves it as a ProviderError."""

    async def rerank(self, query: str, texts: Sequence[str]) -> Scored: ...
