"""What a parser makes of a file: pages of blocks, each block with its place on the page.

Plain data without Django, so parsers and splitter can run and be tested anywhere.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

# A block joins the next one in the page's text with this.
BLOCK_GAP = "\n\n"


class BlockKind(StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    CODE = "code"
    TABLE = "table"


class WordBox(NamedTuple):
    """Where one word stands: its span in the block's text, its line, its box in points."""

    start: int
    end: int
    line: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Block:
    kind: BlockKind
    text: str
    # Headings: 1 is the highest. List items: depth, 1 is the outermost. Others: 0.
    level: int = 0
    words: tuple[WordBox, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One page, or the whole of a document that has none (`number` is None then)."""

    number: int | None
    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        return BLOCK_GAP.join(block.text for block in self.blocks)


@dataclass(slots=True)
class Parsed:
    title: str
    pages: list[Page]
    page_count: int | None = None
    # Pages that show something a parser cannot read as text (scans, fonts without a map).
    unread_pages: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BlockSpan:
    kind: BlockKind
    level: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A passage before it is stored. `text` is exactly the page's text from `start` to `end`."""

    text: str
    page: int | None
    start: int
    end: int
    heading_path: tuple[str, ...]
    blocks: tuple[BlockSpan, ...]
    boxes: tuple[tuple[float, float, float, float], ...]
    embedded_text: str


CountTokens = Callable[[Sequence[str]], Sequence[int]]
# Called with pages done and pages in all (0 when not known).
Progress = Callable[[int, int], None]
