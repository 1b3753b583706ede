"""PPTX: each slide a page, its shapes in reading order, the speaker's notes after them.

Hidden slides are read, too: who gives the talk shows them when asked.
"""

from collections.abc import Iterator
from pathlib import Path

from apps.documents.errors import EmptyFile, NoText
from apps.documents.ingest.limits import check_pages, check_text
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.parsers.drawings import drawing_blocks
from apps.documents.ingest.parsers.packages import Element, Link, Package, local, open_package
from apps.documents.ingest.parsers.pptx_shapes import Layout, P, placeholder_of, shapes_in_order
from apps.documents.ingest.parsers.pptx_text import plain_paragraphs, shape_blocks, table_of
from apps.documents.ingest.parsers.remarks import embedded_note, embedded_parts
from apps.documents.ingest.types import Block, BlockKind, Page, Parsed, Progress
from apps.documents.types import Unit

_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_NOTES_LEVEL = 6


class PptxParser:
    name = "pptx"
    version = 1

    def parse(self, path: Path, progress: Progress, desk: Desk = BARE) -> Parsed:
        with open_package(path) as package:
            slides = _slides(package)
            check_pages(len(slides))
            first = _Slide(package, slides[0], {}).blocks() if slides else []
        title = next((block.text for block in first if block.kind == BlockKind.HEADING and block.level == 1), "")
        parsed = Parsed(title, [], page_count=len(slides), unit=Unit.SLIDE)
        parsed.pages = _pages(path, slides, progress, parsed)
        return parsed


def _slides(package: Package) -> list[str]:
    """Return the slides' parts in the order in which they are shown."""
    main = package.main_part("ppt/presentation.xml")
    links = package.links(main)
    found = (links.get(one.get(_R + "id") or "") for one in package.tree(main).iterfind(f"{P}sldIdLst/{P}sldId"))
    return [link.part for link in found if link is not None and link.part in package and package.is_new(link.part)]


def _pages(path: Path, slides: list[str], progress: Progress, parsed: Parsed) -> Iterator[Page]:
    chars = hidden = 0
    embedded: set[str] = set()
    layouts: dict[str, Layout] = {}
    with open_package(path) as package:
        for number, part in enumerate(slides, 1):
            slide = _Slide(package, part, layouts)
            blocks = slide.blocks()
            chars += sum(len(block.text) for block in blocks)
            check_text(chars)
            hidden += slide.is_hidden
            embedded |= embedded_parts(slide.links.values())
            if not blocks and slide.has_pictures:
                parsed.unread_pages.append(number)
            yield Page(number, tuple(blocks))
            progress(number, len(slides))
    if hidden:
        parsed.notes.append("1 slide is hidden in the talk." if hidden == 1 else f"{hidden:,} slides are hidden in the talk.")
    parsed.notes.extend(embedded_note(len(embedded)))
    if not chars:
        raise NoText("There are only pictures in this presentation.") if parsed.unread_pages else EmptyFile("There is no text in this presentation.")


def _linked(links: dict[str, Link], kind: str) -> str:
    return next((link.part for link in links.values() if link.kind == kind), "")


class _Slide:
    def __init__(self, package: Package, part: str, layouts: dict[str, Layout]) -> None:
        self._package = package
        self._known_layouts = layouts
        self._root = package.tree(part)
        self.links = package.links(part)
        self.is_hidden = self._root.get("show") in ("0", "false")
        self.has_pictures = self._root.find(f".//{P}pic") is not None

    def blocks(self) -> list[Block]:
        tree = self._root.find(f"{P}cSld/{P}spTree")
        if tree is None:
            return []
        layout = self._layout()
        blocks: list[Block] = []
        for shape in shapes_in_order(tree, layout):
            blocks.extend(self._frame(shape) if local(shape) == "graphicFrame" else shape_blocks(shape, layout))
        return [*blocks, *self._notes()]

    def _layout(self) -> Layout:
        part = _linked(self.links, "slideLayout")
        if part not in self._known_layouts:
            master = _linked(self._package.links(part), "slideMaster") if part else ""
            roots = (self._package.kept_tree(one) for one in (part, master) if one)
            self._known_layouts[part] = Layout([root for root in roots if root is not None])
        return self._known_layouts[part]

    def _frame(self, frame: Element) -> list[Block]:
        """Return a table, a chart or a diagram."""
        blocks = table_of(frame)
        for part in frame.iter():
            if local(part) in ("chart", "relIds"):
                link = self.links.get(part.get(_R + ("id" if local(part) == "chart" else "dm")) or "")
                blocks.extend(drawing_blocks(self._package, link.part) if link is not None else ())
        return blocks

    def _notes(self) -> list[Block]:
        part = _linked(self.links, "notesSlide")
        root = self._package.tree_or_none(part) if part and self._package.is_new(part) else None
        blocks: list[Block] = []
        for shape in root.iter(P + "sp") if root is not None else ():
            held = placeholder_of(shape)
            body = shape.find(P + "txBody")
            if held is not None and held.type == "body" and body is not None:
                blocks.extend(plain_paragraphs(body))
        return [Block(BlockKind.HEADING, "Notes", _NOTES_LEVEL), *blocks] if blocks else []
