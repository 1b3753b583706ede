"""Reads one sheet cell by cell, as it is unpacked: only cells that show something are kept."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from apps.documents.ingest.limits import check_text
from apps.documents.ingest.number_formats import show_number, show_text
from apps.documents.ingest.parsers.packages import Element, Package, iter_xml, local, number
from apps.documents.ingest.parsers.sheet_regions import Area, Row, spread_merged
from apps.documents.ingest.parsers.xlsx_book import drop, rich_text

_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})", re.IGNORECASE)
# What stands between two cells of a row is text as well.
_CELL_CHARS = 3
_PULSE_ROWS = 2000
_COLUMNS_MAX = 16_384
_BOOLEANS = {"1": "TRUE", "0": "FALSE", "true": "TRUE", "false": "FALSE"}


@dataclass(frozen=True, slots=True)
class Values:
    """How what is stored becomes what is shown."""

    texts: Sequence[str]
    formats: Sequence[str]
    since_1904: bool


@dataclass(slots=True)
class SheetRows:
    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    chars: int = 0
    # Formulas whose result was never stored.
    unsolved: int = 0


def read_sheet(package: Package, part: str, values: Values, pulse: Callable[[], None]) -> tuple[list[Row], SheetRows]:
    """Return the sheet's rows in order, merged cells spread, and what was counted meanwhile."""
    sheet = SheetRows()
    merged: list[str] = []
    row_number = seen = 0
    with package.open(part) as file:
        for _event, element in iter_xml(file, ["row", "mergeCell"]):
            if local(element) == "row":
                row_number = number(element.get("r"), row_number + 1, 10_000_000)
                _take_row(element, row_number, values, sheet)
                drop(element)
                seen += 1
                if seen % _PULSE_ROWS == 0:
                    pulse()
            else:
                merged.append(element.get("ref") or "")
                drop(element)
    spread_merged(sheet.rows, _areas(merged))
    return [Row(at, dict(sorted(cells.items()))) for at, cells in sorted(sheet.rows.items())], sheet


def _take_row(element: Element, row_number: int, values: Values, sheet: SheetRows) -> None:
    column = 0
    cells: dict[int, str] = {}
    for cell in element:
        if local(cell) != "c":
            continue
        place = position(cell.get("r") or "")
        column = place[1] if place else column + 1
        if not len(cell) or column > _COLUMNS_MAX:
            continue
        text = _shown(cell, values, sheet).strip()
        if text:
            cells[column] = text
            sheet.chars += len(text) + _CELL_CHARS
    if cells:
        check_text(sheet.chars)
        sheet.rows.setdefault(row_number, {}).update(cells)


def _shown(cell: Element, values: Values, sheet: SheetRows) -> str:
    raw: str | None = None
    has_formula = False
    for child in cell:
        name = local(child)
        if name == "v":
            raw = child.text or ""
        elif name == "is":
            raw = rich_text(child)
        elif name == "f":
            has_formula = True
    kind = cell.get("t") or "n"
    if not raw:
        sheet.unsolved += has_formula and kind != "str"
        return ""
    style = number(cell.get("s"))
    code = values.formats[style] if style < len(values.formats) else "General"
    return _value(raw, kind, code, values)


def _value(raw: str, kind: str, code: str, values: Values) -> str:
    if kind == "s":
        at = number(raw.strip(), -1, 100_000_000)
        return show_text(values.texts[at], code) if 0 <= at < len(values.texts) else ""
    if kind in ("str", "inlineStr"):
        return show_text(raw, code)
    if kind == "b":
        return _BOOLEANS.get(raw.strip(), raw)
    if kind == "n":
        return show_number(raw.strip(), code, since_1904=values.since_1904)
    return raw


def position(reference: str) -> tuple[int, int] | None:
    """Return row and column, from 1, of a reference like "AB12"."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        return None
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]), column


def _areas(references: Iterable[str]) -> Iterator[Area]:
    for reference in references:
        first, _, last = reference.partition(":")
        start, end = position(first), position(last)
        if start is not None and end is not None:
            yield Area(*start, *end)
