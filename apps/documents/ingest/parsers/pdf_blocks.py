"""From the lines of a page to its blocks: headings by size and weight, lists by their marks, code by its letters."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from apps.documents.ingest.parsers.pdf_grid import Table
from apps.documents.ingest.parsers.pdf_lines import Line, Word, is_bullet, is_marker, on_page
from apps.documents.ingest.tables import table_blocks
from apps.documents.ingest.types import Block, BlockKind, WordBox

_SECTION = re.compile(r"^\d{1,2}(?:\.\d{1,2}){0,3}\.?$")
_TERMINAL = (".", "!", "?", ":", "\u3002", "\u061f")
_HEADING_CHARS = 200
_BOLD_HEADING_CHARS = 100
_HEADING_LINES = 3
_SIZE_TOLERANCE = 0.1
_GAP_RATIO = 1.35
_LIST_DEPTH_MAX = 9
_INDENT_MAX = 40


@dataclass(frozen=True, slots=True)
class PageStyle:
    body_size: float = 10.0
    # Sizes of headings, the largest first.
    heading_sizes: tuple[float, ...] = ()
    is_mostly_bold: bool = False
    is_mostly_mono: bool = False


@dataclass(slots=True)
class Paragraph:
    lines: list[Line] = field(default_factory=list)
    marker: str = ""
    right: float = 0.0

    def add(self, line: Line) -> None:
        self.lines.append(line)
        self.right = max(self.right, line.box[2])

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)


def make_blocks(items: Sequence[Line | Table], style: PageStyle) -> tuple[Block, ...]:
    """Return the blocks of a page in the order of its lines and tables; every word is in exactly one."""
    lines = [item for item in items if isinstance(item, Line)]
    known = words_of(lines)
    depths: list[float] = []
    blocks: list[Block] = []
    for part in _parts(items, _usual_pitch(lines), style):
        if isinstance(part, Table):
            blocks.extend(_table(part, known))
            depths.clear()
            continue
        blocks.append(_block(part, style, known, depths))
    return tuple(blocks)


def words_of(lines: Sequence[Line]) -> set[str]:
    return {word.text.lower() for line in lines for word in line.words}


def _parts(items: Sequence[Line | Table], pitch: float, style: PageStyle) -> Iterator[Paragraph | Table]:
    current: Paragraph | None = None
    for item in items:
        if isinstance(item, Table):
            if current is not None:
                yield current
            current = None
            yield item
            continue
        marker = _marker(item)
        if current is None or _begins_anew(current, item, pitch, style, has_marker=bool(marker)):
            if current is not None:
                yield current
            current = Paragraph(marker=marker)
        current.add(item)
    if current is not None:
        yield current


def _usual_pitch(lines: Sequence[Line]) -> float:
    """Return the distance from line to line as a multiple of the size of the letters."""
    steps = []
    for first, second in pairwise(lines):
        step = first.box[1] - second.box[1]
        if 0 < step < 4 * first.size:
            steps.append(step / first.size)
    return median(steps) if steps else 1.2


def _marker(line: Line) -> str:
    first = line.words[0].text
    has_text = len(line.words) > 1
    return first if has_text and is_marker(first) else ""


def is_code(line: Line, style: PageStyle) -> bool:
    return line.is_mono and not style.is_mostly_mono


def _begins_anew(paragraph: Paragraph, line: Line, pitch: float, style: PageStyle, *, has_marker: bool) -> bool:
    last = paragraph.lines[-1]
    is_near = 0 < last.box[1] - line.box[1] <= pitch * 2 * _GAP_RATIO * last.size
    if is_code(last, style) or is_code(line, style):
        return not (is_code(last, style) and is_code(line, style) and is_near)
    if last.words[-1].is_parted:
        return False
    if has_marker or last.words[0].turn != line.words[0].turn:
        return True
    if abs(last.size - line.size) > _SIZE_TOLERANCE * last.size or last.is_bold != line.is_bold:
        return True
    return _breaks(paragraph, line, pitch)


def _breaks(paragraph: Paragraph, line: Line, pitch: float) -> bool:
    """Say whether the place of a line makes it the first of a paragraph."""
    last = paragraph.lines[-1]
    left, low, _right, _high = line.box
    last_left, last_low, last_right, _last_high = last.box
    ends = last.text.endswith(_TERMINAL)
    step = last_low - low
    if step <= 0:
        # Up again: the next column goes on with the sentence, or something new begins.
        return ends or line.text[:1].isupper()
    if step > pitch * _GAP_RATIO * last.size:
        return True
    is_indented = left - last_left > 0.8 * line.size and not paragraph.marker
    is_last_short = last_right < max(paragraph.right, line.box[2]) - 4 * line.size
    return (is_indented and ends) or (is_last_short and ends)


def _block(paragraph: Paragraph, style: PageStyle, known: set[str], depths: list[float]) -> Block:
    if is_code(paragraph.lines[0], style):
        depths.clear()
        text, words = _code(paragraph.lines)
        return Block(BlockKind.CODE, text, 0, words)
    level = _heading_level(paragraph, style)
    kind = BlockKind.HEADING if level else BlockKind.LIST_ITEM if paragraph.marker else BlockKind.PARAGRAPH
    if kind == BlockKind.LIST_ITEM:
        level = _depth(paragraph.lines[0], depths)
        if is_bullet(paragraph.marker):
            del paragraph.lines[0].words[0]
    elif kind == BlockKind.HEADING:
        depths.clear()
    text, words = flow_lines(paragraph.lines, known)
    return Block(kind, text, level, words)


def _depth(line: Line, depths: list[float]) -> int:
    """Return how deep a list item is: marks further to the right are inside the item before."""
    left, tolerance = line.box[0], 0.5 * line.size
    while depths and depths[-1] > left + tolerance:
        depths.pop()
    if not depths or depths[-1] < left - tolerance:
        depths.append(left)
    return min(len(depths), _LIST_DEPTH_MAX)


def _heading_level(paragraph: Paragraph, style: PageStyle) -> int:
    text = paragraph.text
    has_letters = sum(letter.isalpha() for letter in text) >= 2
    if not has_letters or len(paragraph.lines) > _HEADING_LINES or len(text) > _HEADING_CHARS:
        return 0
    size = paragraph.lines[0].size
    for level, heading_size in enumerate(style.heading_sizes, start=1):
        if size >= heading_size:
            return level
    is_bold = all(line.is_bold for line in paragraph.lines) and not style.is_mostly_bold
    is_short = len(text) <= _BOLD_HEADING_CHARS and not text.endswith((".", ",", ";"))
    if not (is_bold and is_short and size >= style.body_size):
        return 0
    number = paragraph.lines[0].words[0].text
    depth = number.strip(".").count(".") if _SECTION.match(number) else 0
    return min(6, len(style.heading_sizes) + 1 + depth)


def flow_lines(lines: Sequence[Line], known: set[str]) -> tuple[str, tuple[WordBox, ...]]:
    """Join lines into running text; halves of a parted word become one again."""
    text = ""
    boxes: list[WordBox] = []
    last: Word | None = None
    for number, line in enumerate(lines):
        for word in line.words:
            if last is not None:
                text += _between(last, word, known)
            boxes.append(_word_box(word, len(text), number))
            text += word.text
            last = word
    return text, tuple(boxes)


def _word_box(word: Word, start: int, line: int) -> WordBox:
    box = on_page((word.x0, word.y0, word.x1, word.y1), word.turn)
    return WordBox(start, start + len(word.text), line, *box)


def _between(last: Word, word: Word, known: set[str]) -> str:
    """Return what stands between two words: a space, or nothing or a hyphen inside one."""
    if not last.is_parted:
        return " "
    if f"{last.text}{word.text}".lower() in known:
        return ""
    is_compound = f"{last.text}-{word.text}".lower() in known or "-" in last.text
    return "-" if is_compound or not word.text[:1].islower() else ""


def _code(lines: Sequence[Line]) -> tuple[str, tuple[WordBox, ...]]:
    """Keep lines, and their indent as far as the width of a letter tells it."""
    left = min(line.box[0] for line in lines)
    text = ""
    boxes: list[WordBox] = []
    for number, line in enumerate(lines):
        text += "\n" if number else ""
        text += " " * min(_INDENT_MAX, round((line.box[0] - left) / _letter_width(line)))
        for place, word in enumerate(line.words):
            text += " " if place else ""
            boxes.append(_word_box(word, len(text), number))
            text += word.text + ("-" if word.is_parted else "")
    return text, tuple(boxes)


def _letter_width(line: Line) -> float:
    word = max(line.words, key=lambda one: len(one.text))
    return max(0.1, (word.x1 - word.x0) / len(word.text))


def _table(table: Table, known: set[str]) -> list[Block]:
    """Return a table as blocks of rows; each word keeps its box, found again in the text in the order of the cells."""
    cells = [[flow_lines(cell, known) for cell in row] for row in table.rows]
    words = [(number, text[box.start : box.end], box) for number, row in enumerate(cells) for text, boxes in row for box in boxes]
    blocks = []
    at = 0
    for block in table_blocks([[text for text, _boxes in row] for row in cells], first_row=0):
        last = block.rows[1] if block.rows else len(cells)
        cursor = block.repeated
        placed: list[WordBox] = []
        while at < len(words) and words[at][0] <= last:
            number, text, box = words[at]
            at += 1
            shown = text.replace("|", "\\|")
            start = block.text.find(shown, cursor)
            if start >= 0:
                cursor = start + len(shown)
                placed.append(WordBox(start, cursor, number, *box[3:]))
        blocks.append(Block(block.kind, block.text, block.level, tuple(placed), block.rows, block.repeated))
    return blocks
