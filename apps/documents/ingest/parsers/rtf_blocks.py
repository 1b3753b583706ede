"""Puts the text of an RTF file together: paragraphs, headings, items of lists, tables, notes."""

import re
from dataclasses import dataclass, field

from apps.documents.ingest.limits import check_text
from apps.documents.ingest.tables import table_blocks
from apps.documents.ingest.text import flow, soft_lines
from apps.documents.ingest.types import Block, BlockKind

_HEADING = re.compile(r"heading\s*([1-9])$")
_HEADING_MAX = 6
_HEADING_CHARS_MAX = 300
# Signs of bullets, one of them a letter: what they stand for is said by the block's kind.
_BULLETS = re.compile(r"(?:[\W_]*|o)$")


@dataclass(slots=True)
class Format:
    """What holds for a paragraph until the next \\pard."""

    style: int = 0
    # From 0; None where nothing is said.
    outline: int | None = None
    list_id: int = 0
    list_level: int = 0
    in_table: bool = False


@dataclass(slots=True)
class Builder:
    """Takes text as it comes. Notes have a builder of their own."""

    blocks: list[Block] = field(default_factory=list)
    title: str = ""
    chars: int = 0
    # Names of paragraph styles by number, lower case.
    styles: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)
    _label: list[str] = field(default_factory=list)
    _cells: list[str] = field(default_factory=list)
    _rows: list[list[str]] = field(default_factory=list)

    def add(self, text: str, *, is_label: bool = False) -> None:
        self.chars += len(text)
        check_text(self.chars)
        (self._label if is_label else self._text).append(text)

    def end_paragraph(self, form: Format) -> None:
        if form.in_table:
            self._text.append("\n")
            return
        text, label = soft_lines(mended("".join(self._text))), flow(mended("".join(self._label)))
        self._text, self._label = [], []
        self.end_table()
        if text:
            self.blocks.append(self._block(text, "" if _BULLETS.match(label) else label, form, has_label=bool(label)))
        self._end_notes()

    def end_cell(self) -> None:
        text = mended(" ".join(["".join(self._label), "".join(self._text)]))
        self._cells.append(flow(text))
        self._text, self._label = [], []

    def end_row(self) -> None:
        self._rows.append(self._cells)
        self._cells = []
        self.chars += len(self._rows[-1])
        check_text(self.chars)

    def end_table(self) -> None:
        if self._cells:
            self.end_row()
        if self._rows:
            self.blocks.extend(table_blocks(self._rows))
            self._rows = []
            self._end_notes()

    def finish(self, form: Format) -> None:
        """End what is open: the last paragraph often has no end of its own."""
        if form.in_table and "".join(self._text).strip():
            self.end_cell()
        form.in_table = False
        self.end_paragraph(form)
        self.end_table()
        self._end_notes()

    def flat(self) -> str:
        """Return all that was taken as one line."""
        return flow(" ".join(block.text for block in self.blocks))

    def _block(self, text: str, label: str, form: Format, *, has_label: bool) -> Block:
        shown = f"{label} {text}" if label else text
        level = self._heading(form)
        if level and len(text) <= _HEADING_CHARS_MAX:
            if not self.title and self.styles.get(form.style) == "title":
                self.title = flow(text)
            return Block(BlockKind.HEADING, flow(shown), level)
        if form.list_id or has_label:
            return Block(BlockKind.LIST_ITEM, shown, form.list_level + 1)
        return Block(BlockKind.PARAGRAPH, shown)

    def _heading(self, form: Format) -> int:
        if form.outline is not None:
            return min(form.outline + 1, _HEADING_MAX) if form.outline < 9 else 0
        name = self.styles.get(form.style, "")
        if name in ("title", "subtitle"):
            return 1 + (name == "subtitle")
        found = _HEADING.match(name)
        return min(int(found[1]), _HEADING_MAX) if found else 0

    def _end_notes(self) -> None:
        self.blocks.extend(Block(BlockKind.PARAGRAPH, note) for note in self.notes if note)
        self.notes.clear()


def mended(text: str) -> str:
    """Join the halves of letters that RTF writes as two numbers; a half without the other becomes U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
