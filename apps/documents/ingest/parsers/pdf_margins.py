"""Running heads, running feet and page numbers: said on each page, part of no sentence.

A line near the edge of a page goes if pages around it have it, too, at the same height; numbers in it may count the pages.
The first page of those keeps it once, as words that nobody says anywhere else would be lost. Two alike are not enough:
forms and letters repeat their head for each copy. Without others to compare, only the outermost line goes, if it is a page
number by its looks, or a title at the top with one far beside it: a row of a table must not be taken for either.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from apps.documents.ingest.parsers.pdf_lines import Line

# How many pages before and after are compared: heads of left and right pages often differ.
PAGES_BEFORE = 4
PAGES_AFTER = 2
_ALIKE_MIN = 3
_EDGE_SHARE = 0.2
_HEAD_SHARE = 0.12
_ROW_GAPS = 2
_EDGE_LINES = 3
_HEAD_CHARS = 160
_HEIGHT_TOLERANCE = 4.0
_NUMBER = re.compile(r"\d{1,4}\Z")
_PAGE_NUMBER = re.compile(
    r"[-\u2013\u2014|\[(. ]*(?:(?:page|seite|p\.|pg\.?|pagina|p\u00e1gina)\s*)?(?:\d{1,4}|(?=[ivxl])l?x{0,3}(?:ix|iv|v?i{0,3}))"
    r"(?:\s*(?:/|of|von|de|sur|di)\s*\d{1,4})?[-\u2013\u2014|\]). ]*",
    re.IGNORECASE,
)
_STANDS_APART = 1.2
_TITLE_WORDS = 4
# Larger letters are a heading's, even where each page has one.
_HEADING_RATIO = 1.15


@dataclass(frozen=True, slots=True)
class Margin:
    """A line near the edge of page number `page`: its words, its height and the size of its letters."""

    page: int
    line: Line
    words: tuple[str, ...]
    height: float
    size: float
    # No line is nearer to the edge, none beside it, and none close by.
    is_alone: bool = False
    is_upper: bool = False
    # It is where heads and feet are, and no row of a table that goes on from the page before.
    may_run: bool = False


def margins(page: int, lines: Sequence[Line], bounds: tuple[float, float]) -> list[Margin]:
    """Return the lines near the upper and the lower edge of a page; `bounds` are the heights of those edges."""
    low, high = bounds
    reach = (high - low) * _EDGE_SHARE
    ranked = sorted((line for line in lines if line.words), key=lambda line: line.box[1])
    lower = [line for line in ranked[:_EDGE_LINES] if line.box[1] < low + reach]
    upper = [line for line in ranked[-_EDGE_LINES:] if line.box[3] > high - reach and line not in lower]
    outermost = [*lower[:1], *upper[-1:]]
    return [
        Margin(
            page,
            line,
            tuple(word.text for word in line.words),
            line.box[1],
            line.size,
            is_alone=any(line is one for one in outermost) and _stands_alone(line, lines),
            is_upper=line in upper,
            may_run=_may_run(line, bounds) and (not _is_row(line) or _stands_alone(line, lines)),
        )
        for line in lower + upper
        if len(line.text) <= _HEAD_CHARS
    ]


def running(own: Sequence[Margin], others: Sequence[Margin], body_size: float, line_count: int) -> list[Line]:
    """Return those lines of a page that are no part of its text; what is said on each is its text where there is no other."""
    numbers = [margin.line for margin in own if _is_number(margin)]
    small = [margin for margin in own if margin.size < body_size * _HEADING_RATIO and not _is_number(margin)]
    heads = [margin.line for margin in small if _is_title_with_number(margin) or _is_repeated(margin, others)]
    return numbers + heads if len(numbers) + len(heads) < line_count else numbers


def _is_number(margin: Margin) -> bool:
    return margin.is_alone and _PAGE_NUMBER.fullmatch(margin.line.text) is not None


def _is_title_with_number(margin: Margin) -> bool:
    words = margin.line.words
    named = sum(word.text.isalpha() for word in words)
    if not (margin.is_alone and margin.is_upper) or named < _TITLE_WORDS:
        return False
    gap = _STANDS_APART * margin.size
    is_last = _NUMBER.match(words[-1].text) is not None and words[-1].x0 - words[-2].x1 > gap
    is_first = _NUMBER.match(words[0].text) is not None and words[1].x0 - words[0].x1 > gap
    return is_last or is_first


def _may_run(line: Line, bounds: tuple[float, float]) -> bool:
    low, high = bounds
    reach = (high - low) * _HEAD_SHARE
    return line.box[1] < low + reach or line.box[3] > high - reach


def _is_row(line: Line) -> bool:
    gaps = sum(second.x0 - first.x1 > _STANDS_APART * line.size for first, second in pairwise(line.words))
    return gaps >= _ROW_GAPS


def _stands_alone(line: Line, lines: Sequence[Line]) -> bool:
    _x0, low, _x1, high = line.box
    near = line.size
    return not any(other is not line and other.box[1] < high + near and other.box[3] > low - near for other in lines)


def _is_repeated(margin: Margin, others: Sequence[Margin]) -> bool:
    if not margin.may_run:
        return False
    alike = {other.page for other in others if _is_alike(margin, other)} - {margin.page}
    return len(alike) + 1 >= _ALIKE_MIN and min(alike) < margin.page


def _is_alike(one: Margin, other: Margin) -> bool:
    if len(one.words) != len(other.words) or abs(one.height - other.height) > _HEIGHT_TOLERANCE or one.size != other.size:
        return False
    return all(_is_counted(first, second, other.page - one.page) for first, second in zip(one.words, other.words, strict=True))


def _is_counted(first: str, second: str, pages: int) -> bool:
    if first == second:
        return True
    is_number = _NUMBER.match(first) is not None and _NUMBER.match(second) is not None
    return is_number and int(second) - int(first) == pages
