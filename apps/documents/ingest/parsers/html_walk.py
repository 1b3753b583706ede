"""A tree of HTML as blocks, for pages, mail and books alike. It is walked by events, so nesting cannot exhaust the stack."""

from collections.abc import Container

from lxml import etree

from apps.documents.ingest.limits import Beat, check_text, no_beat, pulsed
from apps.documents.ingest.parsers.html_tables import has_header, is_data_table, outer_tables, table_caption, table_rows
from apps.documents.ingest.parsers.html_tree import Element, is_hidden, tag_of
from apps.documents.ingest.tables import table_blocks
from apps.documents.ingest.text import flow, lines_of
from apps.documents.ingest.types import Block, BlockKind

_BREAK_TAGS = """address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form
    header hgroup hr html legend main nav ol p section summary table tbody td tfoot th thead tr ul"""
_BREAKS = frozenset(_BREAK_TAGS.split())
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = ("ul", "ol", "menu", "dir")
# A picture's words are said where they say more than a name.
_ALT_WORDS = 3
_TEX = "application/x-tex"


def read_blocks(root: Element, left_out: Container[Element] = (), beat: Beat = no_beat) -> list[Block]:
    """Return what is shown below `root`, without the elements in `left_out`."""
    return _Walk(root, left_out, beat).read()


class _Walk:
    """Collects inline text until a block begins or ends, then makes a block of it."""

    def __init__(self, root: Element, left_out: Container[Element], beat: Beat) -> None:
        self._root = root
        self._left_out = left_out
        self._beat = beat
        self._outer = outer_tables(root, beat)
        self._blocks: list[Block] = []
        # None stands for a <br>.
        self._inline: list[str | None] = []
        self._kind = BlockKind.PARAGRAPH
        self._level = 0
        self._lists = 0
        self._chars = 0

    def read(self) -> list[Block]:
        events = etree.iterwalk(self._root, events=("start", "end"))
        for event, element in pulsed(events, self._beat):
            tag = tag_of(element)
            if event == "start":
                if self._is_passed_over(element, tag) or self._is_taken_whole(element, tag):
                    events.skip_subtree()
                else:
                    self._open(element, tag)
                continue
            if not self._is_passed_over(element, tag):
                self._close(tag)
            if element is not self._root and element.tail:
                self._inline.append(element.tail)
        self._flush()
        return self._blocks

    def _is_passed_over(self, element: Element, tag: str) -> bool:
        return element is not self._root and (is_hidden(element, tag) or element in self._left_out)

    def _is_taken_whole(self, element: Element, tag: str) -> bool:
        """Code, formulas and tables of data are read at once; a table that lays a page out is walked."""
        if tag == "pre":
            self._flush()
            self._add(BlockKind.CODE, lines_of(_pre_text(element)))
            return True
        if tag == "math":
            self._inline.append(_formula(element))
            return True
        if tag == "table" and element not in self._outer and is_data_table(element):
            self._flush()
            self._add(BlockKind.PARAGRAPH, table_caption(element))
            for block in table_blocks(table_rows(element, self._beat), has_header=has_header(element)):
                self._keep(block)
            return True
        return False

    def _open(self, element: Element, tag: str) -> None:
        if tag in _HEADINGS:
            self._flush()
            self._kind, self._level = BlockKind.HEADING, _HEADINGS[tag]
        elif tag == "li":
            self._flush()
            self._kind, self._level = BlockKind.LIST_ITEM, max(1, self._lists)
        elif tag in _BREAKS or tag in _LISTS:
            self._flush(keep_kind=tag in ("p", "div", "section", "figure"))
            self._lists += tag in _LISTS
        elif tag == "br":
            self._inline.append(None)
        elif tag == "img":
            alt = flow(element.get("alt") or "")
            if len(alt.split()) >= _ALT_WORDS and "math" not in (element.get("class") or ""):
                self._inline.append(f" {alt} ")
        if element.text:
            self._inline.append(element.text)

    def _close(self, tag: str) -> None:
        if tag in _HEADINGS or tag == "li" or tag in _BREAKS or tag in _LISTS:
            self._flush()
            self._lists -= tag in _LISTS

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
            self._keep(Block(kind, text, self._level if has_level else 0))

    def _keep(self, block: Block) -> None:
        self._chars += len(block.text)
        check_text(self._chars)
        self._blocks.append(block)


def _br_lines(parts: list[str | None]) -> list[str]:
    """Join the parts into the lines that a browser would show; only a <br> ends one."""
    lines: list[list[str]] = [[]]
    for part in parts:
        if part is None:
            lines.append([])
        else:
            lines[-1].append(part)
    return ["".join(line) for line in lines]


def _pre_text(element: Element) -> str:
    parts: list[str] = []
    for event, part in etree.iterwalk(element, events=("start", "end")):
        tag = tag_of(part)
        if event == "start":
            parts.append("\n" if tag == "br" else "")
            parts.append(part.text or "" if tag else "")
        elif part is not element:
            parts.append(part.tail or "")
    return "".join(parts)


def _formula(element: Element) -> str:
    """Return a formula as TeX where the page says it so, else its signs."""
    said = element.get("alttext")
    if said:
        return f" {said} "
    for note in element.iter():
        if tag_of(note) == "annotation" and note.get("encoding") == _TEX:
            return f" {note.text or ''} "
    return f" {flow(' '.join(element.itertext()))} "
