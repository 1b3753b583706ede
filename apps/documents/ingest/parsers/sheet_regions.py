"""Finds the tables on a sheet: people put several on one, with titles above and space between.

Cells are sparse, so a sheet whose used range is blown up to a million rows costs what is on it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import NamedTuple

from apps.documents.ingest.tables import merged_cells, table_blocks
from apps.documents.ingest.text import flow
from apps.documents.ingest.types import Block, BlockKind

# A column left empty for the looks stands between two parts of one table, of which one is often a single column.
_SPACER = 1
# A gap of so many rows ends a table, whatever comes after.
_GAP_ROWS_MAX = 20
_DEPTH_MAX = 8
_TITLES_MAX = 5
# Cells that are not there may be so many times those that are.
_PADDING_MAX = 20
_PADDING_FREE = 10_000
_MERGED_CELLS_MAX = 50_000
_NUMBER = re.compile(r"\W{0,4}\d")


class Row(NamedTuple):
    number: int
    # Texts by column, in the order of the columns; never empty.
    cells: dict[int, str]


class Area(NamedTuple):
    """A merged cell: its first and its last row and column."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Region:
    rows: tuple[Row, ...]
    columns: tuple[int, ...]


def sheet_blocks(rows: Sequence[Row]) -> list[Block]:
    """Return the sheet's tables and lines of text, from the top down and from the left to the right."""
    blocks: list[Block] = []
    for region in find_regions(rows):
        blocks.extend(_region_blocks(region))
    return blocks


def find_regions(rows: Sequence[Row]) -> list[Region]:
    regions = _joined(_split(rows, 0))
    return sorted(regions, key=lambda region: (region.rows[0].number, region.columns[0]))


def spread_merged(rows: dict[int, dict[int, str]], areas: Iterable[Area]) -> None:
    """Say a merged cell's text in each row and column that it covers and that has something else as well."""
    left = _MERGED_CELLS_MAX
    last_row = max(rows, default=0)
    last_column = max((max(cells) for cells in rows.values() if cells), default=0)
    for area in areas:
        text = rows.get(area.top, {}).get(area.left, "")
        if not text or not merged_cells(text, 2)[1]:
            continue
        for row in range(area.top, min(area.bottom, last_row) + 1):
            left -= 1
            cells = rows.get(row, {})
            if left < 0:
                return
            if set(cells) <= {area.left}:
                continue
            for column in range(area.left, min(area.right, last_column) + 1):
                left -= 1
                cells.setdefault(column, text)


def _split(rows: Sequence[Row], depth: int) -> Iterator[Region]:
    """Cut at empty rows, each part at empty columns, and so on while there is something to cut."""
    for band in _bands(rows):
        columns = tuple(sorted({column for row in band for column in row.cells}))
        groups = _column_groups(columns)
        if len(groups) == 1 or depth == _DEPTH_MAX:
            yield Region(tuple(band), columns)
            continue
        home = {column: at for at, group in enumerate(groups) for column in group}
        parts: list[list[Row]] = [[] for _group in groups]
        for row in band:
            shares: dict[int, dict[int, str]] = {}
            for column, text in row.cells.items():
                shares.setdefault(home[column], {})[column] = text
            for at, cells in shares.items():
                parts[at].append(Row(row.number, cells))
        for part in parts:
            yield from _joined(_split(part, depth + 1))


def _bands(rows: Sequence[Row]) -> Iterator[list[Row]]:
    band: list[Row] = []
    for row in rows:
        if band and row.number > band[-1].number + 1:
            yield band
            band = []
        band.append(row)
    if band:
        yield band


def _column_groups(columns: Sequence[int]) -> list[list[int]]:
    runs: list[list[int]] = [[columns[0]]]
    for before, column in pairwise(columns):
        if column > before + 1:
            runs.append([])
        runs[-1].append(column)
    groups = [runs[0]]
    for run in runs[1:]:
        is_spacer = run[0] - groups[-1][-1] - 1 == _SPACER
        if is_spacer and (len(run) == 1 or len(groups[-1]) == 1):
            groups[-1].extend(run)
        else:
            groups.append(run)
    return groups


def _joined(regions: Iterable[Region]) -> Iterator[Region]:
    """Join what an empty row parts, but what goes on under the same header: a row of numbers begins no table."""
    rows: list[Row] = []
    columns: set[int] = set()
    for region in regions:
        if rows and not _goes_on(rows, columns, region):
            yield Region(tuple(rows), tuple(sorted(columns)))
            rows, columns = [], set()
        rows.extend(region.rows)
        columns.update(region.columns)
    if rows:
        yield Region(tuple(rows), tuple(sorted(columns)))


def _goes_on(rows: Sequence[Row], columns: set[int], region: Region) -> bool:
    if len(rows) < 2 or len(columns) < 2 or len(region.columns) < 2:
        return False
    is_below = 0 < region.rows[0].number - rows[-1].number <= _GAP_ROWS_MAX
    return is_below and columns.issuperset(region.columns) and any(_NUMBER.match(text) for text in region.rows[0].cells.values())


def _region_blocks(region: Region) -> Iterator[Block]:
    rows = region.rows
    titles = _titles(region)
    yield from (_line(row) for row in rows[:titles])
    rows = rows[titles:]
    if len(rows) == 1 and len(rows[0].cells) == 1:
        yield _line(rows[0])
        return
    columns = sorted({column for row in rows for column in row.cells})
    cells = sum(len(row.cells) for row in rows)
    is_scattered = len(rows) * len(columns) > _PADDING_MAX * cells + _PADDING_FREE
    if is_scattered:
        yield from table_blocks(_numbered([(row.number, list(row.cells.values())) for row in rows]), first_row=rows[0].number, has_header=False)
        return
    place = {column: at for at, column in enumerate(columns)}
    yield from table_blocks(_numbered([(row.number, _padded(row, place)) for row in rows]), first_row=rows[0].number)


def _titles(region: Region) -> int:
    """Return how many lines stand above the table; more than a few are its first column."""
    if len(region.columns) == 1:
        return 0
    head = takewhile(lambda row: len(row.cells) == 1, region.rows[: _TITLES_MAX + 1])
    count = min(sum(1 for _row in head), len(region.rows) - 1)
    return count if count <= _TITLES_MAX else 0


def _line(row: Row) -> Block:
    return Block(BlockKind.PARAGRAPH, flow(next(iter(row.cells.values()))), rows=(row.number, row.number))


def _padded(row: Row, place: dict[int, int]) -> list[str]:
    cells = [""] * (place[max(row.cells)] + 1)
    for column, text in row.cells.items():
        cells[place[column]] = text
    return cells


def _numbered(rows: Sequence[tuple[int, list[str]]]) -> Iterator[list[str]]:
    """Yield the rows with the empty ones between them: who gets them counts."""
    at = rows[0][0]
    for number, cells in rows:
        for _row in range(at, number):
            yield []
        yield cells
        at = number + 1
