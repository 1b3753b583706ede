"""What charts and diagrams of Office files say: titles, series, the texts of their parts."""

from collections.abc import Iterator

from apps.documents.ingest.number_formats import show_number
from apps.documents.ingest.parsers.packages import Element, Package, local, number
from apps.documents.ingest.tables import table_blocks
from apps.documents.ingest.text import flow
from apps.documents.ingest.types import Block, BlockKind

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_POINTS_MAX = 500
_CATEGORY_AXES = ("catAx", "dateAx")
_SERIES_MAX = 30


def drawing_blocks(package: Package, part: str) -> list[Block]:
    """Return what a chart or diagram says; nothing if its part is gone, broken or told already."""
    root = package.tree_or_none(part) if package.is_new(part) else None
    if root is None:
        return []
    return chart_blocks(root) if root.tag == _C + "chartSpace" else list(_diagram(root))


def sheet_drawing_blocks(package: Package, sheet: str) -> list[Block]:
    """Return what the charts on a sheet say."""
    blocks: list[Block] = []
    for drawing in (link for link in package.links(sheet).values() if link.kind == "drawing"):
        for chart in (link for link in package.links(drawing.part).values() if link.kind == "chart"):
            blocks.extend(drawing_blocks(package, chart.part))
    return blocks


def chart_blocks(root: Element) -> list[Block]:
    """Return a chart's title, and its numbers as a table with a row a category."""
    titles = [(title.getparent(), flow(" ".join(part.text or "" for part in title.iter(A + "t")))) for title in root.iter(_C + "title")]
    named_axes = [text for parent, text in titles if local(parent) in _CATEGORY_AXES and text]
    blocks = [Block(BlockKind.PARAGRAPH, text) for parent, text in titles if text and local(parent) not in _CATEGORY_AXES]
    series = [_series(one) for _at, one in zip(range(_SERIES_MAX), root.iter(_C + "ser"), strict=False)]
    if not series:
        return blocks
    categories: dict[int, str] = {}
    for _name, named, _values in series:
        categories = {**named, **categories}
    points = sorted({at for _name, named, values in series for at in (*named, *values)})[:_POINTS_MAX]
    rows = [[" / ".join(named_axes), *(name for name, _named, _values in series)]]
    rows.extend([categories.get(at, ""), *(values.get(at, "") for _name, _named, values in series)] for at in points)
    return [*blocks, *table_blocks(rows)]


def _series(element: Element) -> tuple[str, dict[int, str], dict[int, str]]:
    names = [part.text or "" for part in element.iterfind(f"{_C}tx//{_C}v")]
    named = _points(element, "cat") or _points(element, "xVal")
    return " ".join(names), named, _points(element, "val") or _points(element, "yVal")


def _points(series: Element, name: str) -> dict[int, str]:
    found: dict[int, str] = {}
    holder = series.find(_C + name)
    if holder is None:
        return found
    code = holder.findtext(f".//{_C}formatCode") or "General"
    for point in holder.iter(_C + "pt"):
        if len(found) < _POINTS_MAX:
            text = point.findtext(_C + "v") or ""
            found.setdefault(number(point.get("idx")), show_number(text, point.get("formatCode") or code))
    return found


def _diagram(root: Element) -> Iterator[Block]:
    for point in root.iter():
        if local(point) == "pt" and point.get("type", "node") == "node":
            text = flow(" ".join(part.text or "" for part in point.iter(A + "t")))
            if text:
                yield Block(BlockKind.LIST_ITEM, text, 1)
