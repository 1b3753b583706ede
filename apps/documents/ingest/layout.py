"""A page's text, and where each of its blocks begins in it."""

from bisect import bisect_left, bisect_right
from typing import NamedTuple

from apps.documents.ingest.types import BLOCK_GAP, Block, Page, WordBox


class Part(NamedTuple):
    """What a span of a page holds of one block: the block begins at `begin`, its part goes from `low` to `high`."""

    number: int
    block: Block
    begin: int
    low: int
    high: int


class PageLayout:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.text = page.text
        self.starts: list[int] = []
        self._words: dict[int, list[WordBox]] = {}
        offset = 0
        for block in page.blocks:
            self.starts.append(offset)
            offset += len(block.text) + len(BLOCK_GAP)

    def between(self, start: int, end: int) -> list[Part]:
        """Return the parts of blocks that have text between two places."""
        found = []
        first = max(0, bisect_right(self.starts, start) - 1)
        for number in range(first, len(self.page.blocks)):
            block, begin = self.page.blocks[number], self.starts[number]
            if begin >= end:
                break
            low, high = max(start, begin), min(end, begin + len(block.text))
            if low < high and self.text[low:high].strip():
                found.append(Part(number, block, begin, low, high))
        return found

    def words(self, part: Part) -> list[WordBox]:
        """Return the words that a part shows something of. Sorted once a block: a long one makes many passages."""
        if part.number not in self._words:
            self._words[part.number] = sorted(part.block.words)
        words = self._words[part.number]
        low, high = part.low - part.begin, part.high - part.begin
        last = bisect_left(words, (high,))
        # The word before the first that begins in the part may reach into it.
        first = max(0, bisect_left(words, (low,), hi=last) - 1)
        return [word for word in words[first:last] if word.end > low]
