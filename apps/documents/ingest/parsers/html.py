"""HTML: the main content as blocks; scripts, styles, navigation and hidden parts are left out.

libxml2 parses with entities, network and external documents off; the tree is walked by events,
not by recursion, so nesting cannot exhaust the stack.
"""

import re
from pathlib import Path
from typing import Any

from lxml import etree

from apps.documents.errors import ContentTooLarge, EmptyFile, UnreadableFile
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.parsers.plain import read_text
from apps.documents.ingest.tables import table_text
from apps.documents.ingest.text import flow, lines_of
from apps.documents.ingest.types import Block, BlockKind, Page, Parsed, Progress

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([a-zA-Z0-9_.:-]+)", re.IGNORECASE)
_SKIPPED_TAGS = """script style noscript template nav head footer aside svg math canvas form button
    select input textarea iframe object embed audio video map dialog menu"""
_SKIPPED = frozenset(_SKIPPED_TAGS.split())
_SKIPPED_ROLES = frozenset(["navigation", "banner", "contentinfo", "search", "complementary"])
_BREAK_TAGS = """address article blockquote body center dd details div dl dt fieldset figcaption
    figure header hgroup hr html main ol p section summary table tbody td tfoot th thead tr ul
    caption"""
_BREAKS = frozenset(_BREAK_TAGS.split())
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_MAIN_SHARE = 4
# lxml's stubs type elements loosely; everything that leaves this module is our own Block.
Element = Any


class HtmlParser:
    name = "html"
    version = 1

    def parse(self, path: Path, progress: Progress, desk: Desk = BARE) -> Parsed:
        with path.open("rb") as file:
            declared = _CHARSET.search(file.read(4096))
        text = read_text(path, declared[1].decode("ascii") if declared else None)
        root = _tree(text)
        title = flow("".join(root.xpath("string(//head/title)")))
        blocks = _Walk().read(_content(root))
        if not blocks:
            raise EmptyFile("There is no text in this file.")
        progress(1, 1)
        return Parsed(title=title, pages=[Page(None, tuple(blocks))])


def _tree(text: str) -> Element:
    # A "huge" tree is one 2,048 deep; the size of the file is limited before it gets here.
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = etree.fromstring(text.encode("utf-8", errors="replace"), parser)
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableFile("This file is not HTML that can be read.") from error
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log.filter_from_fatals()):
        raise ContentTooLarge("The parts of this page are nested too deeply to be read.")
    if root is None:
        raise EmptyFile("There is no text in this file.")
    return root


def _content(root: Element) -> Element:
    """Return the part that the page itself calls its main content, if it is most of the page."""
    body = next(iter(root.xpath("//body")), root)
    whole = len(body.xpath("string()"))
    for part in root.xpath("//main | //*[@role='main'] | //article"):
        if len(part.xpath("string()")) * _MAIN_SHARE >= whole:
            return part
    return body


class _Walk:
    """Collects inline text until a block begins or ends, then makes a block of it."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        # None stands for a <br>.
        self._inline: list[str | None] = []
        self._kind = BlockKind.PARAGRAPH
        self._level = 0
        self._lists = 0

    def read(self, root: Element) -> list[Block]:
        events = etree.iterwalk(root, events=("start", "end"))
        for event, element in events:
            tag = _tag(element)
            if event == "start":
                if (element is not root and _is_skipped(element, tag)) or self._is_taken_whole(element, tag):
                    events.skip_subtree()
                else:
                    self._open(element, tag)
                continue
            if not _is_skipped(element, tag) or element is root:
                self._close(tag)
            if element is not root and element.tail:
                self._inline.append(element.tail)
        self._flush()
        return self.blocks

    def _is_taken_whole(self, element: Element, tag: str) -> bool:
        """Code and tables of data are read at once; a table that lays a page out is walked."""
        if tag == "pre":
            self._flush()
            self._add(BlockKind.CODE, lines_of(_visible_text(element)))
            return True
        if tag == "table" and _is_data_table(element):
            self._flush()
            self._add(BlockKind.TABLE, table_text(_rows(element)))
            return True
        return False

    def _open(self, element: Element, tag: str) -> None:
        if tag in _HEADINGS:
            self._flush()
            self._kind, self._level = BlockKind.HEADING, _HEADINGS[tag]
        elif tag == "li":
            self._flush()
            self._kind, self._level = BlockKind.LIST_ITEM, max(1, self._lists)
        elif tag in _BREAKS:
            self._flush(keep_kind=tag in ("p", "div") and not self._inline)
            self._lists += tag in ("ul", "ol")
        elif tag == "br":
            self._inline.append(None)
        if element.text and tag not in ("pre",):
            self._inline.append(element.text)

    def _close(self, tag: str) -> None:
        if tag in _HEADINGS or tag == "li" or tag in _BREAKS:
            self._flush()
            self._lists -= tag in ("ul", "ol")

    def _flush(self, *, keep_kind: bool = False) -> None:
        """Make a block of what was collected. An item's first paragraph is the item."""
        lines = [flow(line) for line in _br_lines(self._inline)]
        text = "\n".join(line for line in lines if line)
        self._inline = []
        if text:
            self._add(self._kind, flow(text) if self._kind == BlockKind.HEADING else text)
        if text or not keep_kind:
            self._kind, self._level = BlockKind.PARAGRAPH, 0

    def _add(self, kind: BlockKind, text: str) -> None:
        if text.strip():
            has_level = kind in (BlockKind.HEADING, BlockKind.LIST_ITEM)
            self.blocks.append(Block(kind, text, self._level if has_level else 0))


def _br_lines(parts: list[str | None]) -> list[str]:
    """Join the parts into the lines that a browser would show; only a <br> ends one."""
    lines = [""]
    for part in parts:
        if part is None:
            lines.append("")
        else:
            lines[-1] += part
    return lines


def _tag(element: Element) -> str:
    return element.tag.lower() if isinstance(element.tag, str) else ""


def _is_skipped(element: Element, tag: str) -> bool:
    if tag in _SKIPPED or not tag:
        return True
    attributes = element.attrib
    return "hidden" in attributes or attributes.get("aria-hidden") == "true" or attributes.get("role") in _SKIPPED_ROLES


def _visible_text(element: Element) -> str:
    return "".join(element.itertext())


def _is_data_table(element: Element) -> bool:
    """A table with tables, headings or lists inside it is there for the looks."""
    return not element.xpath(".//table | .//h1 | .//h2 | .//h3 | .//ul/li/p | .//form | .//pre")


def _rows(element: Element) -> list[list[str]]:
    rows = []
    for row in element.iter("tr"):
        rows.append([_cell_text(cell) for cell in row if _tag(cell) in ("td", "th")])
    return rows


def _cell_text(cell: Element) -> str:
    parts = list(cell.xpath(".//text()[not(ancestor::script or ancestor::style)]"))
    return flow(" ".join(parts))
