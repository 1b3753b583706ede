"""Tables without rules: rows one under the other whose words leave the same columns of white space free."""

from collections.abc import Sequence
from typing import NamedTuple

from apps.documents.ingest.parsers.pdf_grid import Table
from apps.documents.ingest.parsers.pdf_lines import Line, is_marker
from apps.documents.ingest.parsers.pdf_order import free_gaps

_ROWS_MIN = 3
# A page with more is no page that anybody reads.
_ROWS_MAX = 1000
# So many of the rows have words in more than one column.
_SHARE_MIN = 0.6
_GAP_MIN = 0.8
_STEP_MAX = 2.0
# Longer pieces are text in columns, or a term and what it means.
_CHARS_MAX = 50

Row = Sequence[Line | Table]


class _Run(NamedTuple):
    end: int
    cuts: tuple[float, ...]


def with_tables(rows: Sequence[Row], *, rtl: bool) -> list[Row]:
    """Return the rows of a page with each run of aligned ones made one table."""
    if len(rows) > _ROWS_MAX:
        return list(rows)
    found: list[Row] = []
    at = 0
    while at < len(rows):
        run = _run(rows, at)
        if run is None:
            found.append(rows[at])
            at += 1
            continue
        inside = [[piece for piece in row if isinstance(piece, Line)] for row in rows[at : run.end]]
        found.append([_table(inside, run.cuts, rtl=rtl)])
        at = run.end
    return found


def _run(rows: Sequence[Row], first: int) -> _Run | None:
    if len(rows[first]) < 2:
        return None
    gaps = [(float("-inf"), float("inf"))]
    pieces: list[Line] = []
    many = 0
    found: _Run | None = None
    for at in range(first, len(rows)):
        row = [piece for piece in rows[at] if isinstance(piece, Line)]
        if len(row) < len(rows[at]) or (pieces and _is_far(pieces[-1], row[0])):
            break
        gaps = free_gaps(gaps, row)
        cuts = tuple((low + high) / 2 for low, high in gaps[1:-1] if high - low >= _GAP_MIN * row[0].size)
        if not cuts:
            break
        pieces.extend(row)
        many += len(row) > 1
        if len(row) > 1 and many >= max(_ROWS_MIN, _SHARE_MIN * (at - first + 1)):
            found = _Run(at + 1, cuts)
    return found if found and _is_table(rows[first : found.end]) else None


def _is_far(last: Line, line: Line) -> bool:
    step = last.box[1] - line.box[3]
    return step > _STEP_MAX * max(last.size, line.size) or step < -2 * max(last.size, line.size)


def _is_table(rows: Sequence[Row]) -> bool:
    pieces = [piece for row in rows for piece in row if isinstance(piece, Line)]
    if all(piece.is_mono for piece in pieces):
        return False
    heads = [row[0] for row in rows if len(row) > 1]
    if all(isinstance(head, Line) and len(head.words) == 1 and is_marker(head.words[0].text) for head in heads):
        return False
    return sum(len(piece.text) for piece in pieces) <= _CHARS_MAX * len(pieces)


def _table(rows: Sequence[Sequence[Line]], cuts: Sequence[float], *, rtl: bool) -> Table:
    cells: list[list[list[Line]]] = []
    for row in rows:
        made: list[list[Line]] = [[] for _column in range(len(cuts) + 1)]
        for piece in row:
            made[sum(cut < (piece.box[0] + piece.box[2]) / 2 for cut in cuts)].append(piece)
        cells.append(made[::-1] if rtl else made)
    boxes = [piece.box for row in rows for piece in row]
    box = (min(one[0] for one in boxes), min(one[1] for one in boxes), max(one[2] for one in boxes), max(one[3] for one in boxes))
    return Table(box, cells)
