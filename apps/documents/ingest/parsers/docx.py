"""DOCX: headings, numbered lists, tables, notes and text boxes in the order in which they are read.

Headers and footers are left out, unless there is nothing else; comments always. Embedded files are not read; a note says how many there are.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from apps.documents.errors import EmptyFile, UnreadableFile
from apps.documents.ingest.limits import Beat, within_limits
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.parsers.docx_styles import Numbering, Place, Styles, W, outline, place_of, value
from apps.documents.ingest.parsers.docx_tables import read_rows
from apps.documents.ingest.parsers.docx_text import Shown, content, read_paragraph, show_prompts
from apps.documents.ingest.parsers.drawings import drawing_blocks
from apps.documents.ingest.parsers.packages import BROKEN, Element, Link, Package, open_package
from apps.documents.ingest.parsers.remarks import embedded_note, embedded_parts
from apps.documents.ingest.tables import table_blocks
from apps.documents.ingest.text import flow, soft_lines
from apps.documents.ingest.types import Block, BlockKind, Page, Parsed, Progress

_NESTING_MAX = 20
_PULSE_PARAGRAPHS = 2000
# A sentence that someone made a heading for its looks is still a sentence.
_HEADING_CHARS_MAX = 300


class DocxParser:
    name = "docx"
    version = 3

    def parse(self, path: Path, progress: Progress, desk: Desk = BARE) -> Parsed:
        with open_package(path) as package:
            main = package.main_part("word/document.xml")
            body = package.tree(main).find(W + "body")
            if body is None:
                raise UnreadableFile(BROKEN)
            show_prompts(body)
            reader = _Reader(package, package.links(main), partial(progress, 0, 1))
            blocks = within_limits(reader.blocks(body), progress) or within_limits(reader.margins(), progress)
        if not blocks:
            raise EmptyFile("There is no text in this Word file.")
        progress(1, 1)
        return Parsed(flow(reader.title), [Page(None, tuple(blocks))], notes=embedded_note(len(embedded_parts(reader.links.values()))))


class _Reader:
    """Reads one document from top to bottom: the numbers of lists depend on what came before."""

    def __init__(self, package: Package, links: dict[str, Link], beat: Beat) -> None:
        self.links = links
        self.title = ""
        self._package = package
        self._beat = beat
        self._seen = 0
        self._styles = Styles(self._other("styles"))
        self._numbering = Numbering(self._other("numbering"))
        self._notes = {kind: _notes(self._other(kind)) for kind in ("footnotes", "endnotes")}

    def blocks(self, container: Element, depth: int = 0) -> Iterator[Block]:
        """Yield paragraphs and tables, each followed by the notes and boxes that hang on it."""
        for element in content(container):
            asides: list[Shown] = []
            if element.tag == W + "tbl":
                yield from table_blocks(read_rows(element, partial(self._line, asides=asides)))
            else:
                yield from self._paragraph(element, asides)
            for shown in asides:
                yield from self._aside(shown, depth)

    def margins(self) -> Iterator[Block]:
        """Yield what stands in headers and footers: all there is of an empty letterhead."""
        for link in self.links.values():
            part = self._package.tree_or_none(link.part) if link.kind in ("header", "footer") and self._package.is_new(link.part) else None
            if part is not None:
                yield from self.blocks(part)

    def _other(self, kind: str) -> Element | None:
        part = next((link.part for link in self.links.values() if link.kind == kind), "")
        return self._package.tree_or_none(part) if part else None

    def _paragraph(self, element: Element, asides: list[Shown]) -> Iterator[Block]:
        # Here, as one table may hold all there is, and nothing comes of an empty paragraph.
        self._seen += 1
        if self._seen % _PULSE_PARAGRAPHS == 0:
            self._beat()
        shown = read_paragraph(element)
        asides.append(shown)
        properties = element.find(W + "pPr")
        style_id = (value(properties, "pStyle") or "") if properties is not None else ""
        style = self._styles.of(style_id)
        text = soft_lines(shown.text)
        label, place = self._label(properties, style_id, is_empty=not text)
        if not text:
            return
        if style.is_title and not self.title:
            self.title = text
        level = outline(properties)
        heading = style.heading if level is None else min(level, 6)
        shown_text = f"{label} {text}" if label else text
        if heading and len(text) <= _HEADING_CHARS_MAX:
            yield Block(BlockKind.HEADING, flow(shown_text), heading)
        elif place is not None or style.depth:
            yield Block(BlockKind.LIST_ITEM, shown_text, max(place.level + 1 if place else 0, style.depth))
        else:
            yield Block(BlockKind.PARAGRAPH, shown_text)

    def _label(self, properties: Element | None, style_id: str, *, is_empty: bool) -> tuple[str, Place | None]:
        """Count the paragraph where it is an item of a list; return its number and its place."""
        own = place_of(properties)
        place = own
        if own is None:
            inherited = self._styles.of(style_id).place
            place = inherited and inherited._replace(level=self._numbering.level_of_style(inherited, style_id))
        if place is None or place.list_id == "0" or is_empty:
            return "", None
        return self._numbering.next_label(place), place

    def _line(self, paragraph: Element, asides: list[Shown]) -> str:
        """Return a paragraph inside a cell."""
        kept: list[Shown] = []
        line = " ".join(block.text for block in self._paragraph(paragraph, kept))
        for shown in kept:
            # A box inside a cell belongs to the cell's words.
            line = " ".join([line, *(block.text for block in self._boxes(shown, _NESTING_MAX))])
            shown.boxes = []
        asides.extend(kept)
        return line

    def _aside(self, shown: Shown, depth: int) -> Iterator[Block]:
        yield from self._boxes(shown, depth)
        for drawing in shown.drawings:
            link = self.links.get(drawing)
            if link is not None:
                yield from drawing_blocks(self._package, link.part)
        for kind, note_id in shown.notes:
            # Each is told where it is first referred to.
            note = self._notes[kind].pop(note_id, None)
            text = flow(" ".join(read_paragraph(one).text for one in note.iter(W + "p"))) if note is not None else ""
            if text:
                yield Block(BlockKind.PARAGRAPH, text)

    def _boxes(self, shown: Shown, depth: int) -> Iterator[Block]:
        for box in shown.boxes:
            if depth <= _NESTING_MAX:
                yield from self.blocks([box] if box.tag in (W + "p", W + "tbl") else box, depth + 1)


def _notes(root: Element | None) -> dict[str, Element]:
    """Return the notes by id, without the lines that part them from the text."""
    if root is None:
        return {}
    return {one.get(W + "id") or "": one for one in root if isinstance(one.tag, str) and not one.get(W + "type")}
