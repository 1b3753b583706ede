"""What callers of the gateway hand in and get back. Plain data, free of Django and of every model library."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict


@dataclass(frozen=True, slots=True)
class Principal:
    """On whose account a call is made, and what for. Work of the installation itself names no user."""

    user_id: str | None
    workspace_id: str | None
    purpose: str


class TextBlock(TypedDict):
    type: Literal["text"]
    text: str


class PassageBlock(TypedDict):
    """A passage to answer from. `number` is what a citation mark says, `place` where it stands: "page 3", or nothing."""

    type: Literal["passage"]
    number: int
    title: str
    place: str
    text: str


Block = TextBlock | PassageBlock


@dataclass(frozen=True, slots=True)
class ChatMessage:
    role: Literal["system", "user", "assistant"]
    content: str | Sequence[Block]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call. `estimated` tells what we counted from what the provider reported."""

    input_tokens: int
    output_tokens: int
    estimated: bool


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a streamed answer. Only the last one has a usage; it and the one before may have a finish reason."""

    text: str
    usage: Usage | None = None
    finish_reason: str | None = None


@dataclass(frozen=True, slots=True)
class ChatModelInfo:
    name: str
    is_embedded: bool


@dataclass(frozen=True, slots=True)
class RerankModelInfo:
    """`seconds` is how long anybody waits for its scores; `weight` is how much they count beside a search's own."""

    name: str
    seconds: float
    weight: float


@dataclass(frozen=True, slots=True)
class EmbeddingModelInfo:
    """`name` tells vectors of one model from another's; `window` is how many tokens of a text it reads.

    `languages` are those that it was made for, None: nobody knows, so all. `spread` is the standard deviation of its cosines between
    texts that have nothing to do with each other, None: to be found out.
    """

    name: str
    dimension: int
    window: int
    languages: frozenset[str] | None = None
    spread: float | None = None
