"""Tables and sheets of OpenDocument files. A cell or a row may say that it comes a million times."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from apps.documents.ingest.limits import check_text
from apps.documents.ingest.parsers.odf_styles import OFFICE, TABLE
from apps.documents.ingest.parsers.packages import Element, local, number
from apps.documents.ingest.parsers.sheet_regions import Area, Row, spread_merged
from apps.documents.ingest.tables import table_blocks
from apps.documents.ingest.types import Block

_COLUMNS_MAX = 16_384
_ROWS_MAX = 10_000_000
# So often at most a row with text is said again.
_SAME_ROWS_MAX = 100
_SAME_CELLS_MAX = 100
_CELL_CHARS = 3
_ROW_GROUPS = ("table-header-rows", "table-rows", "table-row-group")
_VALUES = ("string-value", "date-value", "time-value", "value", "boolean-value")
ReadCell = Callable[[Element], str]


@dataclass(slots=True)
class Grid:
    """What was read of one table."""

    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    areas: list[Area] = field(default_factory=list)
    next_row: int = 1
    chars: int = 0

    def take(self, row: Element, read_cell: ReadCell) -> None:
        """Read one row element, which may stand for many."""
        times = max(1, number(row.get(TABLE + "number-rows-repeated"), 1, _ROWS_MAX))
        cells = self._cells(row, read_cell)
        if cells:
            for again in range(min(times, _SAME_ROWS_MAX)):
                self.rows[self.next_row + again] = dict(cells)
                self.chars += sum(len(text) + _CELL_CHARS for text in cells.values())
                check_text(self.chars)
        self.next_row += times

    def finished(self) -> list[Row]:
        spread_merged(self.rows, self.areas)
        return [Row(at, dict(sorted(cells.items()))) for at, cells in sorted(self.rows.items())]

    def _cells(self, row: Element, read_cell: ReadCell) -> dict[int, str]:
        cells: dict[int, str] = {}
        column = 1
        for cell in row:
            name = local(cell)
            if name not in ("table-cell", "covered-table-cell"):
                continue
            times = max(1, number(cell.get(TABLE + "number-columns-repeated"), 1, _ROWS_MAX))
            # What a merged cell covers is not shown.
            text = shown(cell, read_cell) if name == "table-cell" and column <= _COLUMNS_MAX else ""
            if text:
                cells.update(dict.fromkeys(range(column, min(column + min(times, _SAME_CELLS_MAX), _COLUMNS_MAX + 1)), text))
                self._merge(cell, column)
            column += times
        return cells

    def _merge(self, cell: Element, column: int) -> None:
        height = number(cell.get(TABLE + "number-rows-spanned"), 1)
        width = number(cell.get(TABLE + "number-columns-spanned"), 1)
        if height > 1 or width > 1:
            self.areas.append(Area(self.next_row, column, self.next_row + max(height, 1) - 1, column + max(width, 1) - 1))


def shown(cell: Element, read_cell: ReadCell) -> str:
    """Return what a cell shows, or its bare value where the file does not say how it is shown."""
    text = read_cell(cell).strip()
    if text or local(cell) != "table-cell" or any(local(child) == "p" for child in cell):
        return text
    return next((value for name in _VALUES if (value := cell.get(OFFICE + name))), "")


def table_of(table: Element, read_cell: ReadCell) -> list[Block]:
    """Return a table inside a text or on a slide."""
    grid = Grid()
    for row in table_rows(table):
        grid.take(row, read_cell)
    rows = grid.finished()
    lines: list[list[str]] = []
    chars = 0
    for row in rows:
        lines.append([row.cells.get(column, "") for column in range(1, max(row.cells) + 1)])
        # Cells before the last may be there by a number only.
        chars += len(lines[-1]) * _CELL_CHARS
        check_text(chars)
    return table_blocks(lines)


def table_rows(table: Element) -> Iterator[Element]:
    waiting = list(reversed(table))
    while waiting:
        element = waiting.pop()
        name = local(element)
        if name == "table-row":
            yield element
        elif name in _ROW_GROUPS:
            waiting.extend(reversed(element))
