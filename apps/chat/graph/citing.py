"""The numbers a reader sees: 1, 2, 3 in the order in which the answer first leans on each passage."""

from collections.abc import Sequence

from apps.chat.graph.context import FoundPassage
from apps.chat.graph.marks import Mark, MarkParser


class Citer:
    """Turn the model's text into the reader's: marks renumbered, those that point to nothing dropped and counted."""

    def __init__(self, passages: Sequence[FoundPassage]) -> None:
        self._passages = dict(enumerate(passages, start=1))
        self._shown: dict[int, int] = {}
        self._parser = MarkParser()
        self.sources: dict[int, FoundPassage] = {}
        self.dropped_count = 0

    def feed(self, chunk: str) -> str:
        return "".join(self._show(piece) for piece in self._parser.feed(chunk))

    def close(self) -> str:
        return "".join(self._show(piece) for piece in self._parser.close())

    def _show(self, piece: str | Mark) -> str:
        if isinstance(piece, str):
            return piece
        return "".join(f"[{number}]" for number in self._renumber(piece))

    def _renumber(self, mark: Mark) -> list[int]:
        numbers: list[int] = []
        for written in mark.numbers:
            passage = self._passages.get(written)
            if passage is None:
                self.dropped_count += 1
                continue
            shown = self._shown.setdefault(written, len(self._shown) + 1)
            self.sources[shown] = passage
            if shown not in numbers:
                numbers.append(shown)
        return numbers
