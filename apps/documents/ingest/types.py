"""What a parser makes of a file: pages of blocks, each block with its place on the page.

Plain data without Django, so parsers and splitter can run and be tested anywhere.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from apps.documents.types import Unit

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
    # Tables: the first and the last row of the sheet or table that it shows, the header not counted in; from 1.
    rows: tuple[int, int] | None = None
    # Tables that go on: so many of the first characters say the table's header again.
    repeated: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """One page, slide, sheet or chapter; or the whole of a document that has none (`number` is None then)."""

    number: int | None
    blocks: tuple[Block, ...]
    # What it is called besides its number: a sheet's name, a chapter's title.
    label: str = ""

    @property
    def text(self) -> str:
        return BLOCK_GAP.join(block.text for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came inside another one. It lies in the folder that the parser was lent."""

    name: str
    path: Path


@dataclass(slots=True)
class Parsed:
    """What a parser made. `pages` may be read once only, as they come: a long file is never held as a whole.

    `title`, `unit` and `page_count` stand from the beginning; `unread_pages`, `notes` and `attachments` are whole when the
    last page was read.
    """

    title: str
    pages: Iterable[Page]
    page_count: int | None = None
    unit: Unit = Unit.NONE
    # Pages that show something a parser cannot read as text (scans, fonts without a map).
    unread_pages: list[int] = field(default_factory=list)
    # What its readers should know besides, a sentence each.
    notes: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)


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
    # Title and headings as they are embedded and searched with the text, but not shown as text.
    prefix: str = ""
    # Where the embedded part of the text begins: headings at its head that the prefix says already are left out.
    body_start: int = 0
    label: str = ""
    rows: tuple[int, int] | None = None
    # So many characters at the head of the text stand at the end of the passage before as well.
    overlap: int = 0

    @property
    def embedded_text(self) -> str:
        return join_embedded(self.prefix, self.text, self.body_start)


def join_embedded(prefix: str, text: str, body_start: int) -> str:
    """Return what is embedded of a passage. Stored passages say the same: their vectors can be made again from the row."""
    return "\n".join(part for part in (prefix, text[body_start:]) if part)


CountTokens = Callable[[Sequence[str]], Sequence[int]]
# Called with pages done and pages in all (0 when not known).
Progress = Callable[[int, int], None]
