"""The slides of OpenDocument presentations: title, shapes in reading order, notes."""

import re
from collections.abc import Iterator

from apps.documents.ingest.parsers.odf_styles import DRAW, PRESENTATION, Styles
from apps.documents.ingest.parsers.odf_text import TextReader
from apps.documents.ingest.parsers.packages import Element, local
from apps.documents.ingest.parsers.reading_order import FAR, in_rows
from apps.documents.ingest.text import flow
from apps.documents.ingest.types import Block, BlockKind

_SVG = "{urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0}"
_FURNITURE = frozenset(["header", "footer", "date-time", "page-number", "page"])
_LENGTH = re.compile(r"(-?\d{1,9}(?:\.\d{1,9})?)(cm|mm|in|pt|pc|px)")
_EMU = {"cm": 360_000, "mm": 36_000, "in": 914_400, "pt": 12_700, "pc": 152_400, "px": 9_525}
_NESTING_MAX = 40
_NOTES_LEVEL = 6


def slide_blocks(slide: Element, reader: TextReader) -> Iterator[Block]:
    for shape in _in_order(slide):
        if shape.get(PRESENTATION + "class") == "title":
            text = flow(" ".join(block.text for block in reader.blocks(shape)))
            if text:
                yield Block(BlockKind.HEADING, text, 1)
        else:
            yield from reader.blocks([shape])
    notes = list(_notes(slide, reader))
    if notes:
        yield Block(BlockKind.HEADING, "Notes", _NOTES_LEVEL)
        yield from notes


def is_hidden(slide: Element, styles: Styles) -> bool:
    return (slide.get(DRAW + "style-name") or "") in styles.hidden


def _notes(slide: Element, reader: TextReader) -> Iterator[Block]:
    for notes in slide.iterchildren(PRESENTATION + "notes"):
        for shape in notes:
            if shape.get(PRESENTATION + "class") == "notes":
                for block in reader.blocks(shape):
                    yield Block(BlockKind.PARAGRAPH, block.text)


def _in_order(container: Element, depth: int = 0) -> Iterator[Element]:
    placed: list[tuple[int, int, Element]] = []
    for shape in container:
        kind = shape.get(PRESENTATION + "class") if local(shape) else None
        if not local(shape) or not shape.tag.startswith(DRAW) or kind in _FURNITURE:
            continue
        if kind == "title":
            placed.append((-FAR, 0, shape))
        else:
            placed.append(_corner(shape))
    for shape in in_rows(placed):
        if local(shape) == "g" and depth < _NESTING_MAX:
            yield from _in_order(shape, depth + 1)
        else:
            yield shape


def _corner(shape: Element) -> tuple[int, int, Element]:
    """Return top and left; a group stands where its highest shape does."""
    places = [(_emu(one.get(_SVG + "y")), _emu(one.get(_SVG + "x"))) for one in (shape.iter() if local(shape) == "g" else (shape,)) if one.get(_SVG + "y")]
    top, left = min(places, default=(FAR, 0))
    return top, left, shape


def _emu(text: str | None) -> int:
    found = _LENGTH.fullmatch(text or "")
    return max(-FAR // 2, min(int(float(found[1]) * _EMU[found[2]]), FAR)) if found else 0
