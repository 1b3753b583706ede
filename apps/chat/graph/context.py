"""What the agent may do, handed in from outside; nothing in the graph reaches for anything else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from apps.chat.graph.limits import Limits
from apps.gateway.types import ChatMessage, Chunk, ToolCall

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


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool gave back: words of its own, and passages that can be cited. The text of documents is in the passages alone.

    `documents` are ids of those that the words tell of.
    """

    text: str = ""
    passages: tuple[FoundPassage, ...] = ()
    documents: tuple[str, ...] = ()
    is_error: bool = False


class Emitter(Protocol):
    """Where the answer's progress goes. Each call returns at once; nothing waits for a reader."""

    def started_stage(self, stage: str, text: str) -> None: ...

    def wrote(self, text: str) -> None: ...

    def finished_blocks(self, markdown: str, tail: str, sources: Mapping[int, FoundPassage]) -> None: ...

    def cited(self, number: int, passage: FoundPassage) -> None: ...


Search = Callable[[str, int], Awaitable[Sequence[FoundPassage]]]
# As the OpenAI protocol describes a tool. Any: JSON.
ToolSpec = Mapping[str, Any]


class Complete(Protocol):
    """Asks the model. `prompt` is the version of the prompt, for the log; `question` what is asked, standing alone: empty, the answer is not kept."""

    def __call__(self, messages: Sequence[ChatMessage], *, prompt: str, question: str = "", tools: Sequence[ToolSpec] = ()) -> AsyncIterator[Chunk]: ...


class Toolbox(Protocol):
    """The tools that the asker has the right for."""

    @property
    def offered(self) -> Sequence[ToolSpec]: ...

    def describe(self, call: ToolCall) -> tuple[str, str]:
        """The stage of a call: its stable name, and words for the reader."""

    async def use(self, call: ToolCall, position: int) -> ToolResult:
        """What goes wrong with a call is told in the result. `position` is the call's place among those of the run, the same if it is done again."""


# One row a text, each of length 1. Raises QuireError.
Embed = Callable[[Sequence[str]], Awaitable["NDArray[np.float32]"]]


class CompleteObject(Protocol):
    """Asks the model for one short JSON object. Raises QuireError."""

    # Any: JSON.
    async def __call__(self, messages: Sequence[ChatMessage], *, prompt: str, most_chars: int) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class AgentContext:
    """`tools` None: the model can use none. After `tools_until`, a time of `clock`, none are offered."""

    search: Search
    complete: Complete
    emit: Emitter
    clock: Callable[[], float]
    is_embedded: bool
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    # None: an answer is checked by its words alone, and no model is asked about it.
    embed: Embed | None = None
    complete_object: CompleteObject | None = None
    tools: Toolbox | None = None
    tools_until: float = float("inf")
    limits: Limits = field(default_factory=Limits)

    def should_stop(self) -> bool:
        return self.stop.is_set()
