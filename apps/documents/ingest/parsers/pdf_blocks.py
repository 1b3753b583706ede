"""From the lines of a page to its blocks, in a first form: headings by size, lists by their marks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from apps.documents.ingest.parsers.pdf_lines import Line, Word
from apps.documents.ingest.types import Block, BlockKind, WordBox

_BULLETS = frozenset("\u2022\u25e6\u25aa\u2023\u00b7\u25cf\u25cb\u25a0\u25a1\u2013\u2014*-")
_NUMBERED = re.compile(r"^(?:\d{1,3}[.)]|\([a-z0-9]{1,3}\)|[a-z]\)|\[\d{1,3}\])$")
_SECTION = re.compile(r"^\d{1,2}(?:\.\d{1,2}){0,3}\.?$")
_TERMINAL = (".", "!", "?", ":", "\u3002", "\u061f")
_HEADING_CHARS = 200
_BOLD_HEADING_CHARS = 100
_HEADING_LINES = 3
_SIZE_TOLERANCE = 0.1
_GAP_RATIO = 1.35


@dataclass(frozen=True, slots=True)
class PageStyle:
    body_size: float = 10.0
    # Sizes of headings, the largest first.
    heading_sizes: tuple[float, ...] = ()
    is_mostly_bold: bool = False


@dataclass(slots=True)
class _Paragraph:
    lines: list[Line] = field(default_factory=list)
    marker: str = ""
    right: float = 0.0

    def add(self, line: Line) -> None:
        self.lines.append(line)
        self.right = max(self.right, line.box[2])


def make_blocks(lines: Sequence[Line], style: PageStyle) -> tuple[Block, ...]:
    """Return the blocks of a page in the order of its lines; every word is in exactly one."""
    known = {word.text.lower() for line in lines for word in line.words}
    return tuple(_block(paragraph, style, known) for paragraph in _paragraphs(lines))


def _paragraphs(lines: Sequence[Line]) -> Iterator[_Paragraph]:
    pitch = _usual_pitch(lines)
    current: _Paragraph | None = None
    for line in lines:
        marker = _marker(line)
        if current is None or marker or _begins_anew(current, line, pitch):
            if current is not None:
                yield current
            current = _Paragraph(marker=marker)
        current.add(line)
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
    is_marker = first in _BULLETS or _NUMBERED.match(first) is not None
    return first if has_text and is_marker else ""


def _begins_anew(paragraph: _Paragraph, line: Line, pitch: float) -> bool:
    last = paragraph.lines[-1]
    if last.words[-1].is_parted:
        return False
    if abs(last.size - line.size) > _SIZE_TOLERANCE * last.size or last.is_bold != line.is_bold:
        return True
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


def _block(paragraph: _Paragraph, style: PageStyle, known: set[str]) -> Block:
    level = _heading_level(paragraph, style)
    if level:
        text, words = _flow(paragraph.lines, known)
        return Block(BlockKind.HEADING, text, level, words)
    if paragraph.marker:
        if paragraph.marker in _BULLETS:
            del paragraph.lines[0].words[0]
        text, words = _flow(paragraph.lines, known)
        return Block(BlockKind.LIST_ITEM, text, 1, words)
    text, words = _flow(paragraph.lines, known)
    return Block(BlockKind.PARAGRAPH, text, 0, words)


def _heading_level(paragraph: _Paragraph, style: PageStyle) -> int:
    text = " ".join(line.text for line in paragraph.lines)
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


def _flow(lines: Sequence[Line], known: set[str]) -> tuple[str, tuple[WordBox, ...]]:
    """Join lines into running text; halves of a parted word become one again."""
    text = ""
    boxes: list[WordBox] = []
    last: Word | None = None
    for number, line in enumerate(lines):
        for word in line.words:
            if last is not None:
                text += _between(last, word, known)
            start = len(text)
            text += word.text
            boxes.append(WordBox(start, len(text), number, word.x0, word.y0, word.x1, word.y1))
            last = word
    return text, tuple(boxes)


def _between(last: Word, word: Word, known: set[str]) -> str:
    """Return what stands between two words: a space, or nothing or a hyphen inside one."""
    if not last.is_parted:
        return " "
    if f"{last.text}{word.text}".lower() in known:
        return ""
    is_compound = f"{last.text}-{word.text}".lower() in known or "-" in last.text
    return "-" if is_compound or not word.text[:1].islower() else ""
