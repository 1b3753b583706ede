"""Tables of Word files as rows of cells: merged cells spread, tables inside tables told in their cell."""

from collections.abc import Callable

from apps.documents.ingest.limits import check_text
from apps.documents.ingest.parsers.docx_styles import W, value
from apps.documents.ingest.parsers.docx_text import content
from apps.documents.ingest.parsers.packages import Element, number
from apps.documents.ingest.tables import merged_cells
from apps.documents.ingest.text import flow

_DEPTH_MAX = 20
_SPAN_MAX = 64
_CELL_CHARS = 3
_WRAPPERS = frozenset(W + name for name in ("sdt", "sdtContent", "customXml", "ins"))
ReadLine = Callable[[Element], str]


def read_rows(table: Element, read_line: ReadLine, depth: int = 0) -> list[list[str]]:
    """Return the table's rows; `read_line` gives a paragraph's text. Rows that were deleted are left out."""
    rows: list[list[str]] = []
    chars = 0
    for row in _children(table, "tr"):
        if row.find(f"{W}trPr/{W}del") is not None:
            continue
        above = rows[-1] if rows else []
        rows.append(_cells(row, above, read_line, depth))
        # Merged cells are said more often than the file says them.
        chars += sum(len(cell) + _CELL_CHARS for cell in rows[-1])
        check_text(chars)
    return rows


def _cells(row: Element, above: list[str], read_line: ReadLine, depth: int) -> list[str]:
    skipped = row.find(f"{W}trPr/{W}gridBefore")
    cells = [""] * (number(skipped.get(W + "val"), 0, _SPAN_MAX) if skipped is not None else 0)
    elements = _children(row, "tc")
    for element in elements:
        properties = element.find(W + "tcPr")
        span = max(1, number(value(properties, "gridSpan"), 1, _SPAN_MAX)) if properties is not None else 1
        text = _cell_text(element, read_line, depth)
        if not text and _goes_on(properties):
            said = above[len(cells) : len(cells) + span]
            cells.extend([*(merged_cells(one, 2)[1] for one in said), *[""] * (span - len(said))])
        elif len(elements) == 1:
            cells.extend([text, *[""] * (span - 1)])
        else:
            cells.extend(merged_cells(text, span))
    return cells


def _goes_on(properties: Element | None) -> bool:
    """Say whether a cell belongs to the one above it."""
    merge = properties.find(W + "vMerge") if properties is not None else None
    return merge is not None and merge.get(W + "val") != "restart"


def _cell_text(cell: Element, read_line: ReadLine, depth: int) -> str:
    """Return a cell as one line; a table inside it as its rows."""
    parts: list[str] = []
    for element in content(cell):
        if element.tag == W + "p":
            parts.append(read_line(element))
        elif depth < _DEPTH_MAX:
            parts.extend(" ".join(row) for row in read_rows(element, read_line, depth + 1))
        else:
            parts.extend(part.text or "" for part in element.iter(W + "t"))
    return flow(" ".join(parts))


def _children(element: Element, name: str) -> list[Element]:
    """Return rows or cells, also those that a content control holds."""
    found: list[Element] = []
    waiting = list(reversed(element))
    while waiting:
        child = waiting.pop()
        if child.tag == W + name:
            found.append(child)
        elif child.tag in _WRAPPERS:
            waiting.extend(reversed(child))
    return found
