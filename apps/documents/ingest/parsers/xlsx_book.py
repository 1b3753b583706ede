"""What the cells of a workbook refer to: its sheets, its shared texts, its formats of numbers."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from apps.documents.ingest.limits import check_text
from apps.documents.ingest.number_formats import BUILT_IN
from apps.documents.ingest.parsers.packages import Element, Link, Package, iter_xml, local, number

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_PULSE_TEXTS = 50_000
_FORMATS_MAX = 100_000


class Sheet(NamedTuple):
    name: str
    part: str


class Book(NamedTuple):
    sheets: list[Sheet]
    hidden: int
    since_1904: bool
    links: dict[str, Link]


def read_book(package: Package) -> Book:
    main = package.main_part("xl/workbook.xml")
    links = package.links(main)
    sheets: list[Sheet] = []
    hidden, since_1904 = 0, False
    for element in package.tree(main).iter():
        if local(element) == "workbookPr":
            since_1904 = element.get("date1904") in ("1", "true", "on")
        if local(element) != "sheet":
            continue
        link = links.get(element.get(_RELATION) or element.get(_STRICT_RELATION) or "")
        if (element.get("state") or "visible") != "visible":
            hidden += 1
        elif link is not None and link.kind == "worksheet" and link.part in package and package.is_new(link.part):
            sheets.append(Sheet(element.get("name") or "", link.part))
    return Book(sheets, hidden, since_1904, links)


def read_texts(package: Package, book: Book, pulse: Callable[[], None]) -> list[str]:
    """Return the shared texts; many small ones can be a bomb as well as a long one."""
    part = next((link.part for link in book.links.values() if link.kind == "sharedStrings"), "")
    texts: list[str] = []
    if part not in package:
        return texts
    chars = 0
    with package.open(part) as file:
        for _event, element in iter_xml(file, ["si"]):
            texts.append(rich_text(element))
            chars += len(texts[-1]) + 1
            check_text(chars)
            drop(element)
            if len(texts) % _PULSE_TEXTS == 0:
                pulse()
    return texts


def read_formats(package: Package, book: Book) -> list[str]:
    """Return the format of numbers that each style of cells has."""
    part = next((link.part for link in book.links.values() if link.kind == "styles"), "")
    root = package.tree_or_none(part) if part else None
    if root is None:
        return []
    own = {number(one.get("numFmtId"), -1): one.get("formatCode") or "General" for one in _children(root, "numFmts")}
    codes = {**BUILT_IN, **own}
    return [codes.get(number(one.get("numFmtId")), "General") for _at, one in zip(range(_FORMATS_MAX), _children(root, "cellXfs"), strict=False)]


def rich_text(element: Element) -> str:
    """Return a text of runs without the reading aid that stands above it."""
    parts: list[str] = []
    for child in element:
        name = local(child)
        if name == "t":
            parts.append(child.text or "")
        elif name == "r":
            parts.extend(part.text or "" for part in child if local(part) == "t")
    return "".join(parts)


def drop(element: Element) -> None:
    """Forget an element that was read, and those before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and len(parent) > 1:
        del parent[0]


def _children(root: Element, name: str) -> Iterator[Element]:
    for group in root:
        if local(group) == name:
            yield from (child for child in group if isinstance(child.tag, str))
