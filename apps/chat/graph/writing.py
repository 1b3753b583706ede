"""The pen: a model's stream becomes the reader's text, its citations and its finished blocks."""

from collections.abc import Sequence

from apps.chat.graph.blocks import finished_length
from apps.chat.graph.citing import Citer
from apps.chat.graph.context import AgentContext, Emitter, FoundPassage
from apps.chat.graph.state import Draft
from apps.gateway.types import Chunk, Usage

BLOCK_INTERVAL_SECONDS = 0.2


class AnswerWriter:
    """Feed it chunks; it emits text, citations as they first appear, and finished blocks at most five times a second."""

    def __init__(self, context: AgentContext, passages: Sequence[FoundPassage] = ()) -> None:
        self._emit = context.emit
        self._clock = context.clock
        self._citer = Citer(passages)
        self._announced = 0
        self._rendered_length = 0
        self._rendered_at = float("-inf")
        self._text = ""
        self.usage: Usage | None = None

    @property
    def text(self) -> str:
        return self._text

    @property
    def has_citations(self) -> bool:
        return bool(self._citer.sources)

    def feed(self, chunk: Chunk) -> None:
        self.usage = chunk.usage or self.usage
        # Some models begin with an empty line, also before they call a tool: that is no text yet.
        self._write(self._citer.feed(chunk.text if self._text else chunk.text.lstrip()))

    def say(self, text: str) -> None:
        """Add words of the agent's own; they are never searched for marks."""
        self._write(text)

    def close(self) -> None:
        self._write(self._citer.close())

    def draft(self) -> Draft:
        return Draft(self._text.strip(), dict(self._citer.sources), self._citer.dropped_count)

    def _write(self, text: str) -> None:
        if not text:
            return
        for number in range(self._announced + 1, len(self._citer.sources) + 1):
            self._emit.cited(number, self._citer.sources[number])
            self._announced = number
        self._text += text
        self._emit.wrote(text)
        self._offer_blocks()

    def _offer_blocks(self) -> None:
        now = self._clock()
        if now - self._rendered_at < BLOCK_INTERVAL_SECONDS:
            return
        unfinished = self._text[self._rendered_length :]
        length = finished_length(unfinished)
        if not length:
            return
        self._emit.finished_blocks(unfinished[:length], unfinished[length:], dict(self._citer.sources))
        self._rendered_length += length
        self._rendered_at = now


def tell_again(draft: Draft | None, emit: Emitter) -> None:
    """A finished answer once more, to a page that another attempt has emptied."""
    if draft is None or not draft.text:
        return
    for number, passage in sorted(draft.sources.items()):
        emit.cited(number, passage)
    emit.wrote(draft.text)
    if length := finished_length(draft.text):
        emit.finished_blocks(draft.text[:length], draft.text[length:], draft.sources)
