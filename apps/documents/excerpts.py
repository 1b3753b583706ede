"""The part of a passage that a result shows: where most of the question's words stand, marked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from apps.documents.analysis.terms import Analyser
from apps.documents.analysis.tokens import find_runs
from apps.documents.pieces import Segment, Span, readable

EXCERPT_CHARS = 320
# A first found word has so much before it, where the excerpt begins in the middle of a text.
_LEAD_CHARS = 60
_ELLIPSIS = "\u2026"


@dataclass(frozen=True, slots=True)
class Mark:
    """A word of the question in a text."""

    start: int
    end: int
    term: int


def find_marks(text: str, language: str, terms: frozenset[int], analyser: Analyser) -> list[Mark]:
    """Return where the terms stand in a text of that language, in order, what overlaps put together."""
    marks: list[Mark] = []
    for start, run in find_runs(text):
        for placed in analyser.place(run, language):
            if placed.term not in terms:
                continue
            mark = Mark(start + placed.start, start + placed.end, placed.term)
            if marks and mark.start < marks[-1].end:
                mark = Mark(marks[-1].start, max(mark.end, marks.pop().end), mark.term)
            marks.append(mark)
    return marks


# Any: blocks as the passage's row has them, plain JSON.
def make_excerpt(text: str, blocks: Iterable[dict[str, Any]], marks: Sequence[Mark]) -> list[Segment]:
    """Return about EXCERPT_CHARS of a text in pieces, each with whether it is marked; of tables, their cells."""
    letters = readable(text, blocks)
    start, end = _window(text, marks)
    inside = [(max(one.start, start), min(one.end, end)) for one in marks if one.start < end and one.end > start]
    segments = _segments(letters, (start, end), inside)
    if start > 0:
        segments.insert(0, (f"{_ELLIPSIS} ", False))
    if end < len(text.rstrip()):
        segments.append((f" {_ELLIPSIS}", False))
    return segments


def _window(text: str, marks: Sequence[Mark]) -> Span:
    if len(text) <= EXCERPT_CHARS:
        return 0, len(text)
    start = _begin(text, _best_start(marks))
    end = min(len(text), start + EXCERPT_CHARS)
    # Not in the middle of a word, where there are spaces.
    cut = text.rfind(" ", start + EXCERPT_CHARS // 2, end) if end < len(text) else end
    return start, cut if cut > 0 else end


def _best_start(marks: Sequence[Mark]) -> int:
    """Return the first mark of the window with most different words, and of these with most words."""
    best, best_worth = 0, (0, 0)
    for number, mark in enumerate(marks):
        inside = [one for one in marks[number:] if one.end <= mark.start + EXCERPT_CHARS - _LEAD_CHARS]
        worth = (len({one.term for one in inside}), len(inside))
        if worth > best_worth:
            best, best_worth = mark.start, worth
    return best


def _begin(text: str, at: int) -> int:
    """Go back to the beginning of the sentence, or by some words."""
    lead = max(0, at - _LEAD_CHARS)
    if lead == 0:
        return 0
    for end in (". ", "! ", "? ", "\u3002", "\n"):
        found = text.rfind(end, lead, at)
        if found >= 0:
            return found + len(end)
    space = text.find(" ", lead, at)
    return space + 1 if space >= 0 else lead


def _segments(letters: Sequence[str], span: Span, marks: Sequence[Span]) -> list[Segment]:
    segments: list[Segment] = []
    at = span[0]
    for start, end in marks:
        segments += [(_line(letters[at:start]), False), (_line(letters[start:end]), True)]
        at = end
    segments.append((_line(letters[at : span[1]]), False))
    return [segment for segment in segments if segment[0]]


def _line(letters: Sequence[str]) -> str:
    """One line of text: what stands in two blocks is parted by a space."""
    text = "".join(letters)
    words = " ".join(text.split())
    return f"{' ' if text[:1].isspace() else ''}{words}{' ' if words and text[-1:].isspace() else ''}" or text[:1].replace("\n", " ")
