"""Tables of a page as rows of cells, merged ones in each of their places; and which tables are none."""

from typing import Any

from lxml import etree

from apps.documents.ingest.limits import Beat, pulsed
from apps.documents.ingest.parsers.html_tree import is_hidden, tag_of
from apps.documents.ingest.tables import merged_cells
from apps.documents.ingest.text import flow

Element = Any
_SPAN_MAX = 100
_ROW_SPAN_MAX = 2000
# Cells that rows above spread into: beyond this place they do not.
_SPREAD_COLUMNS = 64
_BLOCKS = frozenset(["p", "div", "li", "br", "tr", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "pre", "table"])
_LAYOUT_PARTS = ".//*[local-name()='h1' or local-name()='h2' or local-name()='h3' or local-name()='form' or local-name()='pre']"
_LONG_CELL = 400


def outer_tables(root: Element, beat: Beat) -> set[Element]:
    """Return the tables that have tables in them, in one walk: asked one by one, a thousand in each other never end."""
    found: set[Element] = set()
    within: list[Element] = []
    for event, element in pulsed(etree.iterwalk(root, events=("start", "end")), beat):
        if tag_of(element) != "table":
            continue
        if event == "end":
            within.pop()
            continue
        found.update(within[-1:])
        within.append(element)
    return found


def is_data_table(table: Element) -> bool:
    """Tell a table of data, in which there is no other, from one that lays a page out: by its headings, else by its cells."""
    if table.get("role") in ("presentation", "none"):
        return False
    rows = [row for row in table.iter() if tag_of(row) == "tr"][:50]
    cells = [[cell for cell in row if tag_of(cell) in ("td", "th")] for row in rows]
    if max((len(row) for row in cells), default=0) < 2:
        return False
    if any(tag_of(cell) == "th" for row in cells for cell in row) or table.xpath("./*[local-name()='caption' or local-name()='thead']"):
        return True
    if table.xpath(_LAYOUT_PARTS):
        return False
    return not any(len("".join(cell.itertext())) > _LONG_CELL for row in cells for cell in row)


def has_header(table: Element) -> bool:
    """Tell whether the first row names the columns: not where each row has a name of its own."""
    rows = [[tag_of(cell) for cell in row if tag_of(cell) in ("td", "th")] for row in table.iter() if tag_of(row) == "tr"]
    named = [row for row in rows if "th" in row]
    first = next((row for row in rows if row), [])
    return not named or "td" not in first or (len(named) == 1 and "th" in first)


def table_caption(table: Element) -> str:
    """Return the caption, which would be lost among the cells."""
    return flow(" ".join(" ".join(part.itertext()) for part in table if tag_of(part) == "caption"))


def table_rows(table: Element, beat: Beat) -> list[list[str]]:
    """Return the rows; a merged cell stands in all of its places where it is short, else in the first."""
    rows: list[list[str]] = []
    # Column to how many rows more it goes down, and its text there.
    down: dict[int, tuple[int, str]] = {}
    for row in pulsed(table.iter(), beat):
        if tag_of(row) != "tr" or is_hidden(row, "tr"):
            continue
        cells: list[str] = []
        for cell in row:
            if tag_of(cell) in ("td", "th") and not is_hidden(cell, tag_of(cell)):
                _take_down(cells, down)
                _add(cells, down, cell)
        _take_down(cells, down)
        rows.append(cells)
    return rows


def _take_down(cells: list[str], down: dict[int, tuple[int, str]]) -> None:
    """Put in what rows above spread into the next places."""
    while (at := len(cells)) in down:
        left, text = down.pop(at)
        cells.append(text)
        if left > 1:
            down[at] = (left - 1, text)


def _add(cells: list[str], down: dict[int, tuple[int, str]], cell: Element) -> None:
    text = cell_text(cell)
    across = merged_cells(text, _span(cell, "colspan", _SPAN_MAX))
    rows = _span(cell, "rowspan", _ROW_SPAN_MAX)
    if rows > 1:
        below = merged_cells(text, 2)[1]
        for at in range(len(cells), min(len(cells) + len(across), _SPREAD_COLUMNS)):
            down[at] = (rows - 1, below)
    cells.extend(across)


def _span(cell: Element, name: str, most: int) -> int:
    value = (cell.get(name) or "").strip()
    return min(int(value), most) if value.isdecimal() and value.isascii() and len(value) < 8 and int(value) else 1


def cell_text(cell: Element) -> str:
    """Return what a cell shows as one line."""
    parts: list[str] = []
    events = etree.iterwalk(cell, events=("start", "end"))
    for event, element in events:
        tag = tag_of(element)
        if event == "start":
            if element is not cell and is_hidden(element, tag):
                events.skip_subtree()
                continue
            parts.append(" " if tag in _BLOCKS else "")
            parts.append(element.text or "")
        elif element is not cell:
            parts.append(" " if tag in _BLOCKS else "")
            parts.append(element.tail or "")
    return flow("".join(parts))
