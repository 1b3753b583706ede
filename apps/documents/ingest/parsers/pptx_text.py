"""What the shapes of a slide say: paragraphs and lists with their numbers, tables."""

from collections.abc import Iterator
from typing import NamedTuple

from apps.documents.ingest.parsers.docx_styles import numeral
from apps.documents.ingest.parsers.drawings import A
from apps.documents.ingest.parsers.packages import Element, local, number
from apps.documents.ingest.parsers.pptx_shapes import Layout, P, Placeholder, is_title, placeholder_of
from apps.documents.ingest.tables import merged_cells, table_blocks
from apps.documents.ingest.text import flow, soft_lines
from apps.documents.ingest.types import Block, BlockKind

_LEVELS = 9
_BULLETS = {A + "buNone": "", A + "buChar": "*", A + "buBlip": "*", A + "buAutoNum": "1"}
_FORMS = {"alphaLc": "lowerLetter", "alphaUc": "upperLetter", "romanLc": "lowerRoman", "romanUc": "upperRoman"}
_STARTS_MAX = 32_767


class Bullet(NamedTuple):
    # "" for none, "*" for a sign, "1" for a number.
    kind: str
    form: str = ""
    start: int = 1


def shape_blocks(shape: Element, layout: Layout) -> Iterator[Block]:
    """Yield what a shape with text says."""
    held = placeholder_of(shape)
    body = shape.find(P + "txBody")
    if body is None:
        return
    if is_title(held):
        text = flow(" ".join(_text(one) for one in body.iterchildren(A + "p")))
        if text:
            yield Block(BlockKind.HEADING, text, 1)
        return
    styles = [style for one in (shape, *layout.like(held)) if (style := one.find(f"{P}txBody/{A}lstStyle")) is not None]
    yield from _paragraphs(body, styles, held)


def table_of(frame: Element) -> list[Block]:
    """Return the table in a frame; merged cells say a short text in each place."""
    rows: list[list[str]] = []
    for row in frame.iterfind(f".//{A}tbl/{A}tr"):
        cells: list[str] = []
        elements = list(row.iterchildren(A + "tc"))
        is_banner = bool(elements) and all(_is_on(cell, "hMerge") for cell in elements[1:])
        for at, cell in enumerate(elements):
            text = flow(" ".join(_text(one) for one in cell.iterfind(f"{A}txBody/{A}p")))
            if not text and _is_on(cell, "vMerge") and rows and at < len(rows[-1]):
                text = merged_cells(rows[-1][at], 2)[1]
            elif not text and _is_on(cell, "hMerge") and cells and not is_banner:
                text = merged_cells(cells[-1], 2)[1]
            cells.append(text)
        rows.append(cells)
    return table_blocks(rows)


def plain_paragraphs(body: Element) -> Iterator[Block]:
    """Yield paragraphs without regard to lists: a speaker's notes."""
    for paragraph in body.iterchildren(A + "p"):
        text = soft_lines(_text(paragraph))
        if text:
            yield Block(BlockKind.PARAGRAPH, text)


def _paragraphs(body: Element, styles: list[Element], held: Placeholder | None) -> Iterator[Block]:
    counts = [0] * _LEVELS
    usual = "*" if held is not None and held.type in ("obj", "body") else ""
    for paragraph in body.iterchildren(A + "p"):
        text = soft_lines(_text(paragraph))
        if not text:
            continue
        properties = paragraph.find(A + "pPr")
        level = number(properties.get("lvl"), 0, _LEVELS - 1) if properties is not None else 0
        bullet = _bullet(properties, styles, level, usual)
        counts[level + 1 :] = [0] * (_LEVELS - level - 1)
        counts[level] = (counts[level] + 1 or 1) if bullet.kind == "1" else 0
        if bullet.kind == "1":
            text = f"{_numbered(bullet, counts[level] - 1 + bullet.start)} {text}"
        yield Block(BlockKind.LIST_ITEM, text, level + 1) if bullet.kind else Block(BlockKind.PARAGRAPH, text)


def _bullet(properties: Element | None, styles: list[Element], level: int, usual: str) -> Bullet:
    """Return the bullet that the nearest style speaks of."""
    inherited = [style.find(f"{A}lvl{level + 1}pPr") for style in styles]
    for one in (properties, *inherited):
        for child in one if one is not None else ():
            kind = _BULLETS.get(child.tag)
            if kind is not None:
                return Bullet(kind, child.get("type") or "", max(1, number(child.get("startAt"), 1, _STARTS_MAX)))
    return Bullet(usual)


def _numbered(bullet: Bullet, count: int) -> str:
    form = next((name for sign, name in _FORMS.items() if bullet.form.startswith(sign)), "decimal")
    shown = numeral(count, form)
    if bullet.form.endswith("ParenBoth"):
        return f"({shown})"
    return shown + (")" if bullet.form.endswith("ParenR") else "." if bullet.form.endswith("Period") or not bullet.form else "")


def _text(paragraph: Element) -> str:
    parts: list[str] = []
    for part in paragraph.iter():
        name = local(part)
        if name == "t":
            parts.append(part.text or "")
        elif name == "br":
            parts.append("\n")
        elif name == "tab":
            parts.append("\t")
    return "".join(parts)


def _is_on(cell: Element, name: str) -> bool:
    return cell.get(name) in ("1", "true")
