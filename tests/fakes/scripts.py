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


Step = str | Wait | Cut | End | Status | Raw | Finish | Tokens | Vectors
_KINDS = {kind.__name__.lower(): kind for kind in (Wait, Cut, End, Status, Raw, Finish, Tokens, Vectors)}


def read_step(written: Any) -> Step:
    """A step from JSON: a text, or an object such as {"wait": {"gate": "a"}}, {"cut": {}}, {"status": {"code": 503}}."""
    if isinstance(written, str):
        return written
    [(kind, fields)] = written.items()
    return _KINDS[kind](**fields)


def error_body(message: str = "an error", kind: str = "server_error", code: str | None = None) -> dict[str, Any]:
    """An error in OpenAI's shape."""
    return {"error": {"message": message, "type": kind, "code": code, "param": None}}
