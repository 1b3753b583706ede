"""The order in which the shapes of a slide are read."""

from collections.abc import Iterable

from apps.documents.ingest.parsers.packages import Element

# Shapes whose tops differ by less than this quarter of an inch, in EMU, stand in one row.
ROW = 914_400 // 4
# Where a shape without a place stands.
FAR = 10**9


def in_rows(placed: Iterable[tuple[int, int, Element]]) -> list[Element]:
    """Return shapes, given with top and left, from the top down and each row from the left; else as the file has them."""
    rows: list[list[tuple[int, int, Element]]] = []
    for item in sorted(placed, key=lambda one: one[0]):
        if rows and item[0] - rows[-1][0][0] < ROW:
            rows[-1].append(item)
        else:
            rows.append([item])
    return [shape for row in rows for _top, _left, shape in sorted(row, key=lambda one: one[1])]
