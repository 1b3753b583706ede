"""How far a passage carries a sentence: the very words, most of its terms and all its numbers, or neither.

A first, honest measure without a model. It never calls a sentence supported whose numbers the passage lacks.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from apps.chat.graph.sentences import sentence_spans
from apps.chat.graph.state import Support

SUPPORTED_OVERLAP = 0.7
WEAK_OVERLAP = 0.35

_TOKEN = re.compile(r"[^\W_]+")
_CLOSING = ".!?…。！？\"'”’»)"
_COMMON_WORDS = """
a an and are as at be been but by can do does for from had has have how i if in into is it its may
more most no not of on or our out so such than that the their them then there these they this to
under up was we were what when where which who why will with you your
"""
_COMMON = frozenset(_COMMON_WORDS.split())


@dataclass(frozen=True, slots=True)
class Backing:
    """The words of a passage that back a sentence best. `score` is 1 for a quote, else the share of terms found."""

    start: int
    end: int
    score: float
    support: Support


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    start: int
    end: int


def find_backing(sentence: str, passage: str) -> Backing:
    """The span of `passage` that fits `sentence` best."""
    if quote := _find_quote(sentence, passage):
        return Backing(*quote, score=1.0, support="supported")
    wanted = _words(sentence)
    best = Backing(0, len(passage), 0.0, _grade(wanted, set()))
    for start, end in sentence_spans(passage):
        found = set(_words(passage[start:end]))
        score = _overlap(wanted, found)
        if score > best.score:
            best = Backing(start, end, score, _grade(wanted, found))
    return best


def better(first: Backing, second: Backing, passage: str) -> Backing:
    """The one that backs more; quotes that follow each other in the passage become one span."""
    if first.score == second.score == 1.0:
        start, end = sorted((first, second), key=lambda backing: backing.start)
        if not passage[start.end : end.start].strip():
            return Backing(start.start, max(start.end, end.end), 1.0, "supported")
    return second if second.score > first.score else first


def judge(sentence: str, passages: Sequence[str]) -> Support:
    """What the best words of all cited passages together say for `sentence`."""
    found: set[str] = set()
    for passage in passages:
        backing = find_backing(sentence, passage)
        if backing.support == "supported":
            return "supported"
        if backing.score:
            found.update(_words(passage[backing.start : backing.end]))
    return _grade(_words(sentence), found)


def _grade(wanted: Sequence[str], found: set[str]) -> Support:
    if not wanted:
        return "weak"
    has_numbers = all(word in found for word in wanted if any(letter.isdigit() for letter in word))
    overlap = _overlap(wanted, found)
    if overlap >= SUPPORTED_OVERLAP and has_numbers:
        return "supported"
    return "weak" if overlap >= WEAK_OVERLAP else "unsupported"


def _overlap(wanted: Sequence[str], found: set[str]) -> float:
    return sum(word in found for word in wanted) / len(wanted) if wanted else 0.0


def _find_quote(sentence: str, passage: str) -> tuple[int, int] | None:
    """Where `passage` says `sentence` word for word; spaces, punctuation and case do not count."""
    wanted = [token.word for token in _tokens(sentence)]
    there = _tokens(passage)
    words = [token.word for token in there]
    length = len(wanted)
    for at in range(len(words) - length + 1) if wanted else ():
        if words[at] == wanted[0] and words[at : at + length] == wanted:
            return there[at].start, _with_closing(passage, there[at + length - 1].end)
    return None


def _with_closing(passage: str, end: int) -> int:
    while end < len(passage) and passage[end] in _CLOSING:
        end += 1
    return end


def _tokens(text: str) -> list[_Token]:
    return [_Token(match.group().casefold(), match.start(), match.end()) for match in _TOKEN.finditer(text)]


def _words(text: str) -> list[str]:
    """The words that carry meaning, each once, plural and singular alike."""
    words = (token.word for token in _tokens(text))
    return list(dict.fromkeys(_singular(word) for word in words if word not in _COMMON))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
