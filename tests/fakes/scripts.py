"""What a fake model is told to do, step by step. The same steps are plain JSON, for a fake that runs as a process.

A reply is a list of steps: a text is one chunk of the answer; the classes below do everything that is not text.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Wait:
    """Say nothing until `release(gate)`. Nothing in a test waits for the clock."""

    gate: str


@dataclass(frozen=True)
class Cut:
    """Close the connection in the middle, without saying goodbye."""


@dataclass(frozen=True)
class End:
    """Close the stream in good order, but without a finish reason or `[DONE]`: half an answer."""


@dataclass(frozen=True)
class Status:
    """Answer with this status instead of a stream. `body` is sent as JSON, a text as it is."""

    code: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """Bytes of the stream, as they are."""

    data: str


@dataclass(frozen=True)
class Finish:
    """Why the answer ends; `stop` if not said."""

    reason: str


@dataclass(frozen=True)
class Tokens:
    """The usage to report; counted by words if not said, left out when None."""

    input: int | None
    output: int = 0


@dataclass(frozen=True)
class Vectors:
    """The rows of one answer for embeddings, each with its index if `indices` are given."""

    rows: list[list[float]]
    indices: list[int] | None = None


@dataclass(frozen=True)
class Tool:
    """A piece of a tool call. A stream has one delta a step; an answer as a whole has the pieces of each call put together."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True)
class Delta:
    """A delta of the stream with these fields."""

    fields: dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """An error where an event of the stream was wanted; then the stream ends in good order."""

    error: Any


@dataclass(frozen=True)
class Counting:
    """From here on each event says what was used so far: `input`, and one token a text."""

    input: int


@dataclass(frozen=True)
class CutAt:
    """Send so many bytes of the stream and then close it: in good order, or with a reset. Stands anywhere in the reply."""

    offset: int
    is_reset: bool = False


@dataclass(frozen=True)
class Whole:
    """Answer with one object, though a stream was asked for."""


Step = str | Wait | Cut | End | Status | Raw | Finish | Tokens | Vectors | Tool | Delta | Fault | Counting | CutAt | Whole
_STEPS = (Wait, Cut, End, Status, Raw, Finish, Tokens, Vectors, Tool, Delta, Fault, Counting, CutAt, Whole)
_KINDS = {kind.__name__.lower(): kind for kind in _STEPS}


def read_step(written: Any) -> Step:
    """A step from JSON: a text, or an object such as {"wait": {"gate": "a"}}, {"cut": {}}, {"status": {"code": 503}}."""
    if isinstance(written, str):
        return written
    [(kind, fields)] = written.items()
    return _KINDS[kind](**fields)


def error_body(message: str = "an error", kind: str = "server_error", code: str | None = None) -> dict[str, Any]:
    """An error in OpenAI's shape."""
    return {"error": {"message": message, "type": kind, "code": code, "param": None}}
