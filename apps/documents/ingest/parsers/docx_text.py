"""What a Word paragraph shows: its words without deleted ones, and what hangs on it besides.

Deleted and hidden text, field codes, comments and the second copy of a drawing are left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from apps.documents.ingest.parsers.docx_styles import W
from apps.documents.ingest.parsers.packages import Element, local

_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart"
_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"
_ALTERNATE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_SKIPPED = frozenset(W + name for name in ("del", "moveFrom", "instrText", "delText", "delInstrText", "pPr", "rPr", "rt", "sdtPr", "sectPr"))
_BREAKS = {W + "tab": "\t", W + "ptab": "\t", W + "br": "\n", W + "cr": "\n", W + "noBreakHyphen": "-"}
_WRAPPERS = frozenset(W + name for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"))
_ALSO_BLOCKS = frozenset(W + name for name in ("txbxContent", "p", "tbl"))
_SYMBOL_FONTS = 0xF000
_OFF = ("0", "false", "off")


@dataclass(slots=True)
class Shown:
    """A paragraph as it is read."""

    parts: list[str] = field(default_factory=list)
    # The notes that it refers to: ("footnotes", "3").
    notes: list[tuple[str, str]] = field(default_factory=list)
    # Text boxes in it.
    boxes: list[Element] = field(default_factory=list)
    # Charts and diagrams: ids of relationships.
    drawings: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.parts)


def read_paragraph(paragraph: Element) -> Shown:
    shown = Shown()
    waiting = list(reversed(paragraph))
    while waiting:
        part = waiting.pop()
        tag = part.tag
        if not isinstance(tag, str) or tag in _SKIPPED or (tag == W + "r" and _is_hidden(part)) or is_placeholder(part):
            continue
        if tag in _ALSO_BLOCKS:
            shown.boxes.append(part)
        elif tag == _ALTERNATE:
            waiting.extend(reversed(_alternative(part)))
        elif not _is_leaf(part, shown):
            waiting.extend(reversed(part))
    return shown


def content(container: Element) -> Iterator[Element]:
    """Yield paragraphs and tables in reading order, also those in content controls and in tables that are only a frame."""
    waiting = list(reversed(container))
    while waiting:
        element = waiting.pop()
        tag = element.tag
        if tag == W + "tbl" and (cell := _frame(element)) is not None:
            waiting.extend(reversed(cell))
        elif tag in (W + "p", W + "tbl"):
            yield element
        elif tag == _ALTERNATE:
            waiting.extend(reversed(_alternative(element)))
        elif tag in _WRAPPERS and not is_placeholder(element):
            waiting.extend(reversed(element))


def is_placeholder(element: Element) -> bool:
    """Say whether a content control only shows what could be written there."""
    return element.tag == W + "sdt" and is_on(element.find(f"{W}sdtPr/{W}showingPlcHdr"))


def show_prompts(body: Element) -> None:
    """Make the prompts of a template ordinary text: it has little else. Those that a form says again and again count once."""
    prompts: list[list[str]] = []
    said = depth = 0
    for event, element in etree.iterwalk(body, events=("start", "end"), tag=(W + "sdt", W + "t")):
        if element.tag == W + "sdt" and is_placeholder(element):
            depth += 1 if event == "start" else -1
            prompts.extend([[]] if event == "start" and depth == 1 else [])
        elif element.tag == W + "t" and event == "start":
            if depth:
                prompts[-1].append(element.text or "")
            else:
                said += len(element.text or "")
    if sum(map(len, {"".join(prompt) for prompt in prompts})) > said:
        for mark in list(body.iter(W + "showingPlcHdr")):
            mark.getparent().remove(mark)


def is_on(switch: Element | None) -> bool:
    return switch is not None and switch.get(W + "val") not in _OFF


def _is_leaf(part: Element, shown: Shown) -> bool:
    """Take what `part` itself says; say whether nothing inside it is to be read."""
    tag = part.tag
    if tag in (W + "t", _M + "t"):
        shown.parts.append(part.text or "")
    elif tag in _BREAKS:
        shown.parts.append(_BREAKS[tag])
    elif tag == W + "sym":
        shown.parts.append(_symbol(part.get(W + "char") or ""))
    elif tag in (W + "footnoteReference", W + "endnoteReference"):
        kind = "footnotes" if tag == W + "footnoteReference" else "endnotes"
        shown.notes.append((kind, part.get(W + "id") or ""))
    elif tag in (_CHART, _DIAGRAM):
        shown.drawings.append(part.get(_R + ("id" if tag == _CHART else "dm")) or "")
    else:
        return False
    return True


def _is_hidden(run: Element) -> bool:
    return is_on(run.find(f"{W}rPr/{W}vanish"))


def _alternative(element: Element) -> list[Element]:
    """Return the first alternative that shows something."""
    for choice in element:
        if local(choice) in ("Choice", "Fallback") and any(part.text or part.tag != W + "t" for part in choice.iter(W + "t", _CHART, _DIAGRAM)):
            return list(choice)
    return []


def _frame(table: Element) -> Element | None:
    """Return the only cell of a table that has no other."""
    rows = list(table.iterchildren(W + "tr"))
    if len(rows) != 1:
        return None
    cells = list(rows[0].iterchildren(W + "tc"))
    return cells[0] if len(cells) == 1 else None


def _symbol(code: str) -> str:
    """Return a symbol by its code, but not one that only its own font knows."""
    try:
        point = int(code, 16)
    except ValueError:
        return ""
    return chr(point) if 0x20 <= point < _SYMBOL_FONTS else ""
