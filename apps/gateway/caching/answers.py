"""An answer as it is kept, how it is gathered from a stream, and how it becomes a stream again."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from apps.gateway.types import Chunk, Usage

# What is longer is no answer that many ask for.
BYTES_MAX = 256 * 1024
PIECE_CHARS = 50
WHOLE = "stop"


@dataclass(frozen=True, slots=True)
class Answer:
    """`stored_at` is seconds since 1970, as it is read by other processes. The tokens are what the first call took."""

    text: str = field(repr=False)
    input_tokens: int
    output_tokens: int
    is_estimated: bool
    model: str
    stored_at: float

    def to_json(self) -> dict[str, Any]:  # Any: JSON
        return asdict(self)

    def to_bytes(self) -> bytes:
        return orjson.dumps(self.to_json())

    @property
    def may_be_kept(self) -> bool:
        """Postgres keeps no text with a zero in it, and nobody one with half a character."""
        try:
            return len(self.text) <= BYTES_MAX and "\0" not in self.text and len(self.to_bytes()) <= BYTES_MAX
        except TypeError:
            return False

    def replay(self) -> Iterator[Chunk]:
        """The answer as its reader would have seen it come. The last chunk tells the tokens of the first call; this one took none."""
        for start in range(0, len(self.text), PIECE_CHARS):
            yield Chunk(self.text[start : start + PIECE_CHARS])
        yield Chunk("", usage=Usage(self.input_tokens, self.output_tokens, self.is_estimated), finish_reason=WHOLE)


def read_answer(found: Mapping[str, Any] | bytes) -> Answer | None:  # Any: JSON
    """The answer that was kept; None where that is none, as another version of Quire may have written it."""
    try:
        fields = orjson.loads(found) if isinstance(found, bytes) else found
        answer = Answer(**fields)
    except (ValueError, TypeError):
        return None
    kinds: dict[str, type | tuple[type, ...]] = {"text": str, "input_tokens": int, "output_tokens": int, "is_estimated": bool, "model": str}
    is_right = all(isinstance(getattr(answer, name), kind) for name, kind in kinds.items()) and isinstance(answer.stored_at, int | float)
    return answer if is_right else None


class Gathered:
    """What came of an answer so far."""

    def __init__(self) -> None:
        self.has_begun = False
        self._pieces: list[str] = []
        self._usage: Usage | None = None
        self._finish_reason: str | None = None
        self._is_text_alone = True

    def note(self, chunk: Chunk) -> None:
        self.has_begun = True
        self._pieces.append(chunk.text)
        self._usage = chunk.usage or self._usage
        self._finish_reason = chunk.finish_reason or self._finish_reason
        extra = chunk.extra or {}
        # The role says nothing, and a refusal that is null is none.
        is_more = chunk.tool_calls or any(value for name, value in extra.items() if name != "role")
        self._is_text_alone = self._is_text_alone and not is_more

    def answer(self, model: str, stored_at: float) -> Answer | None:
        """What is worth keeping: a whole answer, of text and nothing else."""
        text = "".join(self._pieces)
        if not text.strip() or self._finish_reason != WHOLE or self._usage is None or not self._is_text_alone:
            return None
        usage = self._usage
        answer = Answer(text, usage.input_tokens, usage.output_tokens, usage.estimated, model, stored_at)
        return answer if answer.may_be_kept else None
