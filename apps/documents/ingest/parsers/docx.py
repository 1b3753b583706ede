"""DOCX: headings, lists and tables in the order in which they are read.

The archive's declared sizes are checked before it is opened; python-docx resolves no entities
and follows no relationship out of the file.
"""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from apps.documents.errors import EmptyFile, UnreadableFile
from apps.documents.ingest.archive import check_archive
from apps.documents.ingest.limits import check_text
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.tables import table_text
from apps.documents.ingest.text import flow, soft_lines
from apps.documents.ingest.types import Block, BlockKind, Page, Parsed, Progress

_BROKEN = "This Word file is broken or incomplete: it cannot be opened."
_HEADING = re.compile(r"heading\s*([1-9])$")
_LIST = re.compile(r"list\s*(?:bullet|number|paragraph|continue)?\s*([2-9])?$")
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SKIPPED = frozenset([_W + name for name in ("del", "moveFrom", "instrText", "footnoteReference")])
_TABLE_DEPTH_MAX = 20
# python-docx's elements are lxml elements with methods of their own, without types.
Element = Any


class DocxParser:
    name = "docx"
    version = 1

    def parse(self, path: Path, progress: Progress, desk: Desk = BARE) -> Parsed:
        with path.open("rb") as file:
            check_archive(file)
            document = _open(file)
        styles = _style_names(document)
        blocks: list[Block] = []
        title, chars = "", 0
        for element in _content(document.element.body):
            block = _block(element, styles)
            if block is None:
                continue
            if not title and _style(element, styles) == "title":
                title = block.text
            chars += len(block.text)
            check_text(chars)
            blocks.append(block)
        if not blocks:
            raise EmptyFile("There is no text in this Word file.")
        progress(1, 1)
        return Parsed(title=flow(title), pages=[Page(None, tuple(blocks))])


def _open(file: Any) -> Any:
    import docx
    from docx.opc.exceptions import OpcError
    from lxml.etree import ErrorTypes, LxmlError, XMLSyntaxError

    try:
        document = docx.Document(file)
        # A file without a body fails only here.
        _ = document.element.body.tag
    except XMLSyntaxError as error:
        # Any: lxml's stubs do not know what its log is made of.
        log: Any = error.error_log
        if any(entry.type == ErrorTypes.ERR_NO_MEMORY for entry in log):
            raise MemoryError from error
        raise UnreadableFile(_BROKEN) from error
    except (OpcError, LxmlError, zipfile.BadZipFile, KeyError, ValueError, AttributeError) as error:
        raise UnreadableFile(_BROKEN) from error
    except (OSError, EOFError, NotImplementedError, RuntimeError, IndexError) as error:
        # zipfile's and zlib's ways to say that a member cannot be unpacked.
        raise UnreadableFile(_BROKEN) from error
    return document


def _style_names(document: Any) -> dict[str, str]:
    return {style.style_id: (style.name or "").lower() for style in document.styles if style.style_id is not None}


def _content(body: Element) -> Iterator[Element]:
    """Yield paragraphs and tables, also those inside content controls, in reading order."""
    waiting = list(reversed(list(body)))
    while waiting:
        element = waiting.pop()
        if element.tag in (_W + "p", _W + "tbl"):
            yield element
        elif element.tag in (_W + "sdt", _W + "sdtContent", _W + "ins", _W + "customXml"):
            waiting.extend(reversed(list(element)))


def _block(element: Element, styles: dict[str, str]) -> Block | None:
    if element.tag == _W + "tbl":
        text = table_text(_rows(element))
        return Block(BlockKind.TABLE, text) if text else None
    text = soft_lines(_text(element))
    if not text:
        return None
    style = _style(element, styles)
    heading = _HEADING.match(style)
    if heading is not None or style in ("title", "subtitle"):
        level = int(heading[1]) if heading else 1 + (style == "subtitle")
        return Block(BlockKind.HEADING, flow(text), min(level, 6))
    depth = _list_depth(element, style)
    if depth:
        return Block(BlockKind.LIST_ITEM, text, depth)
    return Block(BlockKind.PARAGRAPH, text)


def _style(element: Element, styles: dict[str, str]) -> str:
    found = element.find(f"{_W}pPr/{_W}pStyle")
    if found is None:
        return ""
    name = found.get(_W + "val") or ""
    return styles.get(name, name.lower())


def _list_depth(element: Element, style: str) -> int:
    numbering = element.find(f"{_W}pPr/{_W}numPr")
    if numbering is not None:
        number = numbering.find(_W + "numId")
        level = numbering.find(_W + "ilvl")
        if number is not None and number.get(_W + "val") == "0":
            return 0
        value = level.get(_W + "val") if level is not None else "0"
        return int(value) + 1 if value and value.isdecimal() and len(value) < 3 else 1
    named = _LIST.match(style)
    return int(named[1] or 1) if named else 0


def _text(element: Element) -> str:
    """Return what is shown: deleted text, field codes and the fallback of a drawing are left out."""
    parts: list[str] = []
    waiting = [element]
    while waiting:
        part = waiting.pop()
        tag = part.tag
        if tag in _SKIPPED or (isinstance(tag, str) and tag.endswith("}Fallback")):
            continue
        if tag == _W + "t":
            parts.append(part.text or "")
        elif tag == _W + "tab":
            parts.append("\t")
        elif tag in (_W + "br", _W + "cr"):
            parts.append("\n")
        elif tag == _W + "noBreakHyphen":
            parts.append("-")
        elif tag == _W + "p" and part is not element:
            parts.append("\n")
        waiting.extend(reversed([child for child in part if isinstance(child.tag, str)]))
    return "".join(parts)


def _rows(table: Element, depth: int = 0) -> list[list[str]]:
    rows = []
    for row in table.iterchildren(_W + "tr"):
        cells: list[str] = []
        for cell in row.iterchildren(_W + "tc"):
            cells.append(_cell_text(cell, depth))
            cells.extend([""] * (_grid_span(cell) - 1))
        rows.append(cells)
    return rows


def _grid_span(cell: Element) -> int:
    span = cell.find(f"{_W}tcPr/{_W}gridSpan")
    value = span.get(_W + "val") if span is not None else "1"
    return min(int(value), 64) if value and value.isdecimal() and len(value) < 6 else 1


def _cell_text(cell: Element, depth: int) -> str:
    """Return a cell as one line; a table inside it as its rows."""
    parts: list[str] = []
    for element in _content(cell):
        if element.tag == _W + "p":
            parts.append(_text(element))
        elif depth < _TABLE_DEPTH_MAX:
            parts.extend(" ".join(row) for row in _rows(element, depth + 1))
    return flow(" ".join(parts))
