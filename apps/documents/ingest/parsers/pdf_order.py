"""The order in which a page is read: a recursive XY-cut over the boxes of its lines.

After Nagy and Seth (1984) and Ha, Haralick and Phillips (1995), with one change: white space from side to side cuts a page
into bands, and the longest run of bands that one gutter parts is read column by column; so the gaps between
paragraphs that two columns happen to share do not cut them. What stands side by side without being columns of text
(a table without rules, a form) is read row by row.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple, Protocol, TypeVar

from apps.documents.ingest.parsers.pdf_lines import Box, Line

# Of the height of a line's box, so much at either end is room for accents and descenders.
_SLACK = 0.2
_SAME_ROW = 0.5
# A column of text has so many rows, of so many letters each.
_COLUMN_ROWS = 3
_COLUMN_CHARS = 15
_DEPTH_MAX = 8
# A page with more is no page that anybody set in columns.
_ITEMS_MAX = 3000
_RTL = frozenset(["R", "AL"])


class Item(Protocol):
    """Something that stands on the page: a piece of a line, or a table."""

    @property
    def box(self) -> Box: ...

    @property
    def text(self) -> str: ...

    @property
    def is_mono(self) -> bool: ...


T = TypeVar("T", bound=Item)


class _Run(NamedTuple):
    """Bands up to `end` (not counted in) and the place that parts them into columns."""

    end: int
    gutter: float


def is_right_to_left(lines: Iterable[Line]) -> bool:
    """Say whether most letters belong to a script that is written from right to left."""
    balance = 0
    for line in lines:
        for word in line.words:
            direction = unicodedata.bidirectional(word.text[0])
            balance += len(word.text) * ((direction in _RTL) - (direction == "L"))
    return balance > 0


def rows_in_order(items: Sequence[T], *, rtl: bool = False, depth: int = 0) -> list[list[T]]:
    """Return the items as rows in reading order, each row's items in the direction of the script."""
    bands = _bands(items)
    if depth >= _DEPTH_MAX or len(items) > _ITEMS_MAX or all(len(band) == 1 for band in bands):
        return [row for band in bands for row in _rows(band, rtl=rtl)]
    rows: list[list[T]] = []
    at = 0
    while at < len(bands):
        run = _columns(bands, at)
        if run is None:
            rows.extend(_rows(bands[at], rtl=rtl))
            at += 1
            continue
        inside = [item for band in bands[at : run.end] for item in band]
        left = [item for item in inside if _middle(item) < run.gutter]
        right = [item for item in inside if _middle(item) >= run.gutter]
        for column in (right, left) if rtl else (left, right):
            rows.extend(rows_in_order(column, rtl=rtl, depth=depth + 1))
        at = run.end
    return rows


def _middle(item: Item) -> float:
    return (item.box[0] + item.box[2]) / 2


def _core(item: Item) -> tuple[float, float]:
    """Return bottom and top without the slack that makes neighbouring lines overlap."""
    slack = (item.box[3] - item.box[1]) * _SLACK
    return item.box[1] + slack, item.box[3] - slack


def _bands(items: Sequence[T]) -> list[list[T]]:
    """Cut where nothing stands from side to side, from the top down."""
    bands: list[list[T]] = []
    floor = float("inf")
    for item in sorted(items, key=lambda one: -_core(one)[1]):
        low, high = _core(item)
        if high < floor or not bands:
            bands.append([])
            floor = low
        bands[-1].append(item)
        floor = min(floor, low)
    return bands


def _rows(band: Sequence[T], *, rtl: bool) -> list[list[T]]:
    rows: list[list[T]] = []
    for item in sorted(band, key=lambda one: -(one.box[1] + one.box[3])):
        if rows and _is_beside(rows[-1], item):
            rows[-1].append(item)
        else:
            rows.append([item])
    return [sorted(row, key=lambda one: -one.box[2] if rtl else one.box[0]) for row in rows]


def _is_beside(row: Sequence[Item], item: Item) -> bool:
    _x0, low, _x1, high = row[0].box
    shared = min(high, item.box[3]) - max(low, item.box[1])
    return shared > _SAME_ROW * max(0.1, min(high - low, item.box[3] - item.box[1]))


def _columns(bands: Sequence[Sequence[Item]], first: int) -> _Run | None:
    """Find the longest run of bands from `first` on that one gutter parts, if it parts them into columns of text."""
    gaps = [(float("-inf"), float("inf"))]
    end = first
    for band in bands[first:]:
        left = free_gaps(gaps, band)
        if len(left) < 3:
            # Only what lies outside all of them is left.
            break
        gaps = left
        end += 1
    inside = [item for band in bands[first:end] for item in band]
    gutter = next(((low + high) / 2 for low, high in gaps[1:-1] if _parts_text(inside, low)), None)
    return None if gutter is None else _Run(end, gutter)


def free_gaps(gaps: Sequence[tuple[float, float]], items: Sequence[Item]) -> list[tuple[float, float]]:
    """Return the parts of `gaps` where none of the items stands."""
    for item in items:
        left, _low, right, _high = item.box
        cut = []
        for low, high in gaps:
            cut.extend([(low, min(high, left)), (max(low, right), high)] if low < right and left < high else [(low, high)])
        gaps = [(low, high) for low, high in cut if low < high]
    return list(gaps)


def _parts_text(items: Sequence[Item], gutter: float) -> bool:
    left = [item for item in items if item.box[2] <= gutter]
    right = [item for item in items if item.box[2] > gutter]
    # Remarks beside lines of code belong to those lines.
    return _is_column(left) and _is_column(right) and not all(item.is_mono for item in items)


def _is_column(items: Sequence[Item]) -> bool:
    rows = _rows(items, rtl=False)
    if len(rows) < _COLUMN_ROWS:
        return False
    tops = [row[0].box[3] for row in rows]
    is_falling = all(high > low for high, low in pairwise(tops))
    return is_falling and median(sum(len(item.text) for item in row) for row in rows) >= _COLUMN_CHARS
