"""The text of OpenDocument files: headings, lists with their numbers, tables, notes, boxes, charts."""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from apps.documents.ingest.parsers.odf_styles import DRAW, TEXT, XLINK, Counter, Styles
from apps.documents.ingest.parsers.odf_tables import table_of, table_rows
from apps.documents.ingest.parsers.packages import Element, Package, local, number
from apps.documents.ingest.text import flow, soft_lines
from apps.documents.ingest.types import Block, BlockKind

_SKIPPED_NAMES = """tracked-changes forms sequence-decls annotation annotation-end note-citation ruby-text hidden-text image
    user-field-decls variable-decls table-of-content-source alphabetical-index-source bibliography-source
    illustration-index-source table-index-source object-index-source user-index-source notes meta scripts event-listeners
    shapes math"""
_SKIPPED = frozenset(_SKIPPED_NAMES.split())
_SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_DESCRIBED = (_SVG + "title", _SVG + "desc")
_SPACES_MAX = 100
_NESTING_MAX = 40
_BREAKS = {"tab": "\t", "line-break": "\n"}
_CHART = "{urn:oasis:names:tc:opendocument:xmlns:chart:1.0}"


@dataclass(slots=True)
class _Shown:
    """A paragraph as it is read, and what hangs on it."""

    parts: list[str] = field(default_factory=list)
    asides: list[Element] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Item:
    """Where a paragraph stands in lists."""

    depth: int = 0
    style: str = ""
    start: str | None = None
    is_first: bool = False


_NOWHERE = _Item()


class TextReader:
    """Reads one document from top to bottom: the numbers of lists depend on what came before."""

    def __init__(self, package: Package, styles: Styles) -> None:
        self.title = ""
        self.embedded = 0
        self._package = package
        self._styles = styles
        self._outline = Counter(styles.outline)
        self._lists: dict[str, Counter] = {}

    def blocks(self, container: Element, depth: int = 0, item: _Item = _NOWHERE) -> Iterator[Block]:
        for element in container:
            name = local(element)
            if name in ("p", "h"):
                yield from self._paragraph(element, item, depth)
                item = _Item(item.depth, item.style)
            elif name == "list" and depth < _NESTING_MAX:
                yield from self._list(element, item, depth)
            elif name == "table" and depth < _NESTING_MAX:
                asides: list[Element] = []
                yield from table_of(element, partial(self.cell_text, asides=asides))
                yield from self._asides(asides, depth)
            elif name and not _is_skipped(element) and depth < _NESTING_MAX:
                yield from self._other(element, depth, item)

    def cell_text(self, cell: Element, asides: list[Element]) -> str:
        """Return a cell as one line; what hangs on it is told after the table."""
        parts: list[str] = []
        waiting = list(reversed(cell))
        while waiting:
            element = waiting.pop()
            name = local(element)
            if name in ("p", "h"):
                shown = _read(element)
                parts.append("".join(shown.parts))
                asides.extend(shown.asides)
            elif name == "table":
                parts.extend(self.cell_text(row, asides) for row in table_rows(element))
            elif not _is_skipped(element):
                waiting.extend(reversed(element))
        return flow(" ".join(parts))

    def _other(self, element: Element, depth: int, item: _Item) -> Iterator[Block]:
        """Yield what is in a section, an index, a frame or a shape."""
        if local(element) in ("object", "object-ole"):
            yield from self._object(element)
        else:
            yield from self.blocks(element, depth + 1, item)

    def _list(self, element: Element, outer: _Item, depth: int) -> Iterator[Block]:
        style = element.get(TEXT + "style-name") or outer.style
        level = outer.depth + 1
        counter = self._lists.setdefault(style, Counter(self._styles.lists.get(style, {})))
        goes_on = element.get(TEXT + "continue-numbering") == "true" or element.get(TEXT + "continue-list")
        if not goes_on:
            counter.restart(level)
        for child in element:
            is_item = local(child) == "list-item"
            if is_item or local(child) == "list-header":
                yield from self.blocks(child, depth + 1, _Item(level, style, child.get(TEXT + "start-value"), is_item))

    def _paragraph(self, element: Element, item: _Item, depth: int) -> Iterator[Block]:
        shown = _read(element)
        text = soft_lines("".join(shown.parts))
        level, is_title = self._styles.heading(element.get(TEXT + "style-name") or "")
        if local(element) == "h":
            level = max(1, number(element.get(TEXT + "outline-level"), 1))
        if text and is_title and not self.title:
            self.title = flow(text)
        if text and level:
            label = self._outline.next_label(level) if local(element) == "h" and element.get(TEXT + "is-list-header") != "true" else ""
            yield Block(BlockKind.HEADING, flow(f"{label} {text}"), min(level, 6))
        elif text and item.depth:
            label = self._lists[item.style].next_label(item.depth, item.start) if item.is_first else ""
            yield Block(BlockKind.LIST_ITEM if item.is_first else BlockKind.PARAGRAPH, f"{label} {text}".lstrip(), item.depth if item.is_first else 0)
        elif text:
            yield Block(BlockKind.PARAGRAPH, text)
        yield from self._asides(shown.asides, depth)

    def _asides(self, asides: list[Element], depth: int) -> Iterator[Block]:
        for aside in asides:
            if depth < _NESTING_MAX:
                yield from self.blocks([aside], depth + 1)

    def _object(self, element: Element) -> Iterator[Block]:
        """Yield what an embedded chart says; count any other file inside the file."""
        target = posixpath.normpath((element.get(XLINK + "href") or "").removeprefix("./"))
        part = posixpath.join(target, "content.xml")
        if not self._package.is_new(part):
            return
        root = self._package.tree_or_none(part) if not target.startswith(("/", "..")) else None
        chart = root.find(f".//{_CHART}chart") if root is not None else None
        if chart is None:
            self.embedded += 1
            return
        for part in chart.iter(_CHART + "title"):
            title = self.cell_text(part, [])
            if title:
                yield Block(BlockKind.PARAGRAPH, title)
        for table in chart.iterchildren("{*}table"):
            yield from table_of(table, partial(self.cell_text, asides=[]))


def _read(paragraph: Element) -> _Shown:
    """Read a paragraph; iterative, since spans may be nested as deep as the file likes."""
    shown = _Shown()
    waiting: list[Element | str] = _inside(paragraph)
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            shown.parts.append(part)
            continue
        if part.tail:
            waiting.append(part.tail)
        if not _is_skipped(part) and not _take(part, shown):
            waiting.extend(_inside(part))
    return shown


def _take(part: Element, shown: _Shown) -> bool:
    """Take what `part` itself stands for; say whether nothing inside it is to be read as text of the line."""
    name = local(part)
    if name == "note":
        shown.asides.extend(child for child in part if local(child) == "note-body")
    elif name == "s":
        shown.parts.append(" " * number(part.get(TEXT + "c"), 1, _SPACES_MAX))
    elif name in _BREAKS:
        shown.parts.append(_BREAKS[name])
    elif name in ("p", "h", "list", "table") or (part.tag.startswith(DRAW) and name != "a"):
        shown.asides.append(part)
    else:
        return False
    return True


def _inside(element: Element) -> list[Element | str]:
    """Return an element's text and children, the first at the end."""
    return [*reversed(element), *([element.text] if element.text else [])]


def _is_skipped(element: Element) -> bool:
    name = local(element)
    return not name or name in _SKIPPED or element.tag in _DESCRIBED
