"""Sentences as spans, in answers (with the marks that follow them) and in passages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MARK = re.compile(r"\[(\d{1,4})\]")
# The end of a sentence, with closing quotes and the citation marks that belong to it; or the end of a line.
_END = re.compile(r"[.!?…。！？][\"'”’»)*_`]*(?:[ \t]*\[\d{1,4}\])*(?=\s|$)|[。！？]|\n")
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|cf|vs|etc|approx|no|nos|fig|dr|mr|mrs|ms|st|p|pp|ca)\.$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """`text` is the sentence without its marks; `start` and `end` are its place in the answer, marks included."""

    start: int
    end: int
    text: str
    numbers: tuple[int, ...]


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Spans of the sentences of `text`, trimmed; a line's end ends a sentence."""
    start = 0
    for match in _END.finditer(text):
        if _ABBREVIATION.search(text, max(start, match.start() - 8), match.start() + 1):
            continue
        if span := _trimmed(text, start, match.end()):
            yield span
        start = match.end()
    if span := _trimmed(text, start, len(text)):
        yield span


def split_answer(text: str) -> list[AnswerSentence]:
    return [_read(text, start, end) for start, end in sentence_spans(text)]


def _read(text: str, start: int, end: int) -> AnswerSentence:
    written = text[start:end]
    numbers = tuple(dict.fromkeys(int(number) for number in _MARK.findall(written)))
    return AnswerSentence(start, end, " ".join(_MARK.sub(" ", written).split()), numbers)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    written = text[start:end]
    start += len(written) - len(written.lstrip())
    end -= len(written) - len(written.rstrip())
    return (start, end) if start < end else None
