"""What the agent may do, handed in from outside; nothing in the graph reaches for anything else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from apps.gateway.types import ChatMessage, Chunk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage the asker may read, best first."""

    id: int
    document_id: str
    version_id: str
    title: str
    page: int | None
    text: str
    score: float
    # Where it stands, in words: "page 3".
    place: str = ""
    # The score where it was measured what it says of how well anything answers; None: nobody knows.
    evidence: float | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of the conversation."""

    question: str
    answer: str


class Emitter(Protocol):
    """Where the answer's progress goes. Each call returns at once; nothing waits for a reader."""

    def started_stage(self, stage: str, text: str) -> None: ...

    def wrote(self, text: str) -> None: ...

    def finished_blocks(self, markdown: str, tail: str, sources: Mapping[int, FoundPassage]) -> None: ...

    def cited(self, number: int, passage: FoundPassage) -> None: ...


Search = Callable[[str, int], Awaitable[Sequence[FoundPassage]]]


class Complete(Protocol):
    """Asks the model. `prompt` is the version of the prompt, for the log; `question` what is asked, standing alone: empty, the answer is not kept."""

    def __call__(self, messages: Sequence[ChatMessage], *, prompt: str, question: str = "") -> AsyncIterator[Chunk]: ...


# One row a text, each of length 1. Raises QuireError.
Embed = Callable[[Sequence[str]], Awaitable["NDArray[np.float32]"]]


class CompleteObject(Protocol):
    """Asks the model for one short JSON object. Raises QuireError."""

    # Any: JSON.
    async def __call__(self, messages: Sequence[ChatMessage], *, prompt: str, most_chars: int) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class AgentContext:
    search: Search
    complete: Complete
    emit: Emitter
    clock: Callable[[], float]
    is_embedded: bool
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    # None: an answer is checked by its words alone, and no model is asked about it.
    embed: Embed | None = None
    complete_object: CompleteObject | None = None

    def should_stop(self) -> bool:
        return self.stop.is_set()
