"""Reads the sheets of an OpenDocument workbook one by one, row by row, as they are unpacked."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from apps.documents.ingest.parsers.odf_styles import STYLE, TABLE, is_hidden_style
from apps.documents.ingest.parsers.odf_tables import Grid
from apps.documents.ingest.parsers.odf_text import TextReader
from apps.documents.ingest.parsers.packages import Element, Package, iter_xml, local
from apps.documents.ingest.parsers.sheet_regions import Row
from apps.documents.ingest.parsers.xlsx_book import drop
from apps.documents.ingest.types import Block

_PULSE_ROWS = 1000
# Deleted cells and the rows of subtables and charts are no rows of the sheet.
_ELSEWHERE = frozenset(["tracked-changes", "shapes"])
_ASKED = (*_ELSEWHERE, "table", "table-row", "style")


@dataclass(slots=True)
class Sheet:
    name: str
    is_hidden: bool
    rows: list[Row] = field(default_factory=list)
    chars: int = 0
    # What charts and boxes on it say.
    drawn: list[Block] = field(default_factory=list)


class _Reading:
    """What is known at one place of the file."""

    def __init__(self, reader: TextReader) -> None:
        self.depth = 0
        self.elsewhere = 0
        self.hidden: set[str] = set()
        self.sheet = Sheet("", is_hidden=False)
        self.grid = Grid()
        self._reader = reader

    def start(self, element: Element, name: str) -> None:
        if name in _ELSEWHERE:
            self.elsewhere += 1
        elif name == "table" and not self.elsewhere:
            self.depth += 1
            if self.depth == 1:
                self.sheet = Sheet(element.get(TABLE + "name") or "", (element.get(TABLE + "style-name") or "") in self.hidden)
                self.grid = Grid()

    def end_row(self, element: Element) -> None:
        if self.depth != 1 or self.elsewhere:
            return
        asides: list[Element] = []
        self.grid.take(element, lambda cell: self._reader.cell_text(cell, asides))
        self.draw(asides)
        drop(element)

    def draw(self, elements: list[Element]) -> None:
        if elements and not self.sheet.is_hidden:
            self.sheet.drawn.extend(self._reader.blocks(elements))

    def finished(self) -> Sheet:
        self.sheet.rows = self.grid.finished()
        self.sheet.chars = self.grid.chars + sum(len(block.text) for block in self.sheet.drawn)
        return self.sheet


def read_sheets(package: Package, part: str, reader: TextReader, pulse: Callable[[], None]) -> Iterator[Sheet]:
    reading = _Reading(reader)
    seen = 0
    with package.open(part) as file:
        for event, element in iter_xml(file, _ASKED, ("start", "end")):
            name = local(element)
            if event == "start":
                reading.start(element, name)
            elif name in _ELSEWHERE:
                reading.elsewhere -= 1
                reading.draw(list(element) if name == "shapes" and reading.depth == 1 else [])
            elif name == "style" and is_hidden_style(element):
                reading.hidden.add(element.get(STYLE + "name") or "")
            elif name == "table-row":
                reading.end_row(element)
                seen += 1
                if seen % _PULSE_ROWS == 0:
                    pulse()
            elif name == "table" and not reading.elsewhere:
                reading.depth -= 1
                if reading.depth == 0:
                    yield reading.finished()
                    drop(element)
