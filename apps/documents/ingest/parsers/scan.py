"""From the words that text recognition saw to the paragraphs and blocks of a page; for PDF pages and pictures alike."""

from collections.abc import Callable, Sequence
from itertools import groupby
from statistics import median

from apps.documents.ingest.ocr import Seen
from apps.documents.ingest.parsers.pdf_blocks import flow_lines, words_of
from apps.documents.ingest.parsers.pdf_lines import Box, Line, Word
from apps.documents.ingest.types import Block, BlockKind

_HEADING_RATIO = 1.5
_HEADING_CHARS = 120
# The height of a line is that of its letters with what hangs below them.
_SIZE_OF_HEIGHT = 0.75

# From a box in the picture to the box on the page.
Placing = Callable[[Box], Box]


def scan_paragraphs(words: Sequence[Seen], place: Placing) -> list[list[Line]]:
    """Return the lines of each paragraph, as recognised."""
    paragraphs = []
    for _paragraph, members in groupby(words, key=lambda word: word.paragraph):
        rows = [list(seen) for _line_number, seen in groupby(members, key=lambda word: word.line)]
        # Frames and specks are seen as signs.
        lines = [_line(row, place) for row in rows if any(letter.isalnum() for word in row for letter in word.text)]
        if lines:
            paragraphs.append(lines)
    return paragraphs


def _line(words: Sequence[Seen], place: Placing) -> Line:
    size = max(1.0, round(words[0].height * _SIZE_OF_HEIGHT * 2) / 2)
    line = Line([Word(word.text, *place((word.x0, word.y0, word.x1, word.y1)), size) for word in words])
    last = line.words[-1]
    if len(last.text) > 2 and last.text.endswith("-") and last.text[-2].isalpha():
        last.text, last.is_parted = last.text[:-1], True
    return line


def scan_blocks(paragraphs: Sequence[Sequence[Line]]) -> tuple[Block, ...]:
    """Return a block a paragraph; short ones of much larger letters are headings."""
    lines = [line for paragraph in paragraphs for line in paragraph]
    if not lines:
        return ()
    known = words_of(lines)
    usual = median(line.size for line in lines)
    return tuple(_block(paragraph, usual, known) for paragraph in paragraphs)


def _block(paragraph: Sequence[Line], usual: float, known: set[str]) -> Block:
    text, boxes = flow_lines(paragraph, known)
    if paragraph[-1].words[-1].is_parted:
        text += "-"
    is_large = min(line.size for line in paragraph) >= usual * _HEADING_RATIO
    if is_large and len(text) <= _HEADING_CHARS and sum(map(str.isalpha, text)) > 1:
        return Block(BlockKind.HEADING, text, 1, boxes)
    return Block(BlockKind.PARAGRAPH, text, 0, boxes)
