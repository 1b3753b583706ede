"""An answer of OpenAI's protocol, out of the bytes that bring it. Pure: what the network does is told to it, so every cut can be tried."""

from collections.abc import Mapping
from typing import Any

from apps.gateway.providers.http import ANSWER_BYTES
from apps.gateway.providers.openai_messages import ToolCallReader, from_json, read_extra, read_text, read_usage
from apps.gateway.providers.sse import EventParser
from apps.gateway.types import Chunk, ToolCallPart, Usage

_DONE = b"[DONE]"
# Where a server says that it is done and not why.
_STOP = "stop"


class ErrorInStream(Exception):
    """The server says so where an answer was wanted. `error` is what it says, which is nobody's to read."""

    def __init__(self, error: Any) -> None:  # Any: JSON
        super().__init__("an error in the stream")
        self.error = error


class StreamReader:
    """`feed` and `end` return what came; whatever went wrong behind it is `failure`. Texts that came together are one chunk.

    `is_over`: the server has said all. `finish_reason` and the last `usage` are for the last chunk, which is the caller's to make.
    """

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.is_over = False
        self.has_content = False
        self.finish_reason: str | None = None
        self.usage: Usage | None = None
        self.written_bytes = 0
        self._events = EventParser()
        self._tool_calls = ToolCallReader()
        self._left = ANSWER_BYTES
        # What becomes the next chunk.
        self._texts: list[str] = []
        self._usage: Usage | None = None

    def feed(self, data: bytes) -> list[Chunk]:
        chunks: list[Chunk] = []
        self._left -= len(data)
        try:
            if self._left < 0:
                raise ValueError("too long an answer")
            self._read(self._events.feed(data), chunks)
        except (ErrorInStream, ValueError) as error:
            self.break_off(error)
        self._flush(chunks)
        return chunks

    def end(self) -> list[Chunk]:
        """The body is at its end, by the server's will."""
        chunks: list[Chunk] = []
        try:
            self._read(self._events.end(), chunks)
        except (ErrorInStream, ValueError) as error:
            self.break_off(error)
        self._flush(chunks)
        if not self.is_over and not self.failure:
            self.break_off(ValueError("half an answer"))
        return chunks

    def take_whole(self, body: bytes) -> list[Chunk]:
        """An answer that came as one object: not every server streams."""
        chunks: list[Chunk] = []
        try:
            self._event(from_json(body), chunks)
            if self.finish_reason is None and not self.has_content:
                raise ValueError("no answer")
            self.is_over, self.finish_reason = True, self.finish_reason or _STOP
        except (ErrorInStream, ValueError) as error:
            self.break_off(error)
        self._flush(chunks)
        return chunks

    def break_off(self, error: Exception) -> None:
        """What failed, here or on the way."""
        if self.finish_reason is None:
            self.failure = error
        else:
            # The answer was whole; only what would have come behind it is lost.
            self.is_over = True

    def _read(self, events: list[bytes], chunks: list[Chunk]) -> None:
        for event in events:
            if event == _DONE:
                self.is_over = True
                self.finish_reason = self.finish_reason or _STOP
                return
            self._event(from_json(event), chunks)

    def _event(self, event: Any, chunks: list[Chunk]) -> None:  # Any: JSON
        if not isinstance(event, dict):
            raise ValueError("no event")
        if event.get("error") or event.get("object") == "error":
            raise ErrorInStream(event.get("error") or event)
        for choice in _as(list, event.get("choices") or []):
            # Another than the first was not asked for.
            if not _as(dict, choice).get("index"):
                self._choice(choice, chunks)
        usage = read_usage(event.get("usage"))
        if usage is not None:
            self.usage = self._usage = usage

    def _choice(self, choice: Mapping[str, Any], chunks: list[Chunk]) -> None:
        delta = _as(dict, choice.get("delta") or choice.get("message") or {})
        text = read_text(delta.get("content"))
        calls = self._tool_calls.read(delta["tool_calls"]) if delta.get("tool_calls") else ()
        extra = read_extra(delta, choice)
        if calls or extra:
            self.has_content = True
            self.written_bytes += _count_bytes(text, calls, extra)
            self._flush(chunks)
            chunks.append(Chunk(text, None, None, calls, extra))
        elif text:
            self.has_content = True
            self.written_bytes += len(text.encode(errors="replace"))
            self._texts.append(text)
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason:
            self.finish_reason = reason

    def _flush(self, chunks: list[Chunk]) -> None:
        """Texts that wait become a chunk. A usage comes along with the first content after it, or at the very end."""
        usage = None if self.finish_reason or not self.has_content else self._usage
        if self._texts or usage:
            chunks.append(Chunk("".join(self._texts), usage, pieces=max(1, len(self._texts))))
            self._texts = []
            self._usage = None if usage else self._usage


# Any: JSON.
def _as(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise ValueError("not in the form of the protocol")
    return value


def _count_bytes(text: str, calls: tuple[ToolCallPart, ...], extra: Mapping[str, Any] | None) -> int:
    """Of what the model wrote: reasoning and refusals too, log probabilities not."""
    parts = [text, *(part for call in calls for part in (call.name, call.arguments))]
    if extra:
        parts += [value for value in extra.values() if isinstance(value, str)]
    return sum(len(part.encode(errors="replace")) for part in parts)
