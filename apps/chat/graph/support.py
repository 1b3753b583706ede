"""How far passages carry a sentence: by its words, its numbers and what it denies, and by likeness of meaning where vectors are at hand.

A sentence whose numbers the passages lack, or that denies what they affirm, is never called supported here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from apps.chat.graph.sentences import sentence_spans
from apps.chat.graph.state import Support
from apps.chat.graph.wording import content_words, contradicts, lacks_number, tokens

SUPPORTED_SCORE = 0.7
WEAK_SCORE = 0.35
# How much likeness of meaning counts beside the share of words; see docs/quality.md.
MEANING_WEIGHT = 0.5

_CLOSING = ".!?…。！？\"'”’»)"
# What stands right before a quote may turn it round.
_BEFORE = 3


@dataclass(frozen=True, slots=True)
class Backing:
    """Words of a passage that back a sentence. `score` is 1 for a quote, else the share of the sentence's words that they hold."""

    start: int
    end: int
    score: float
    support: Support
    is_quote: bool = False


@dataclass(frozen=True, slots=True)
class Weighed:
    """How far all cited passages together carry a sentence; `lacks_number`: it has one that is in none of them."""

    score: float
    support: Support
    lacks_number: bool = False


def find_backings(sentence: str, passage: str, most: int = 1) -> list[Backing]:
    """Return the spans of `passage` that fit `sentence` best, the best first; the very words alone where they stand there.

    Where no word is shared, it is the passage as a whole.
    """
    if quote := _find_quote(sentence, passage):
        return [Backing(*quote, score=1.0, support="supported", is_quote=True)]
    wanted = content_words(sentence)
    backings = [_back(sentence, wanted, passage, *span) for span in sentence_spans(passage)]
    best = sorted((one for one in backings if one.score), key=lambda one: -one.score)[:most]
    return best or [Backing(0, len(passage), 0.0, "unsupported" if wanted else "weak")]


def find_backing(sentence: str, passage: str) -> Backing:
    return find_backings(sentence, passage)[0]


def better(first: Backing, second: Backing, passage: str) -> Backing:
    """The one that backs more; quotes that follow each other in the passage become one span."""
    if first.is_quote and second.is_quote:
        start, end = sorted((first, second), key=lambda backing: backing.start)
        if not passage[start.end : end.start].strip():
            return Backing(start.start, max(start.end, end.end), 1.0, "supported", is_quote=True)
    return second if second.score > first.score else first


def weigh(sentence: str, passages: Mapping[int, str], backings: Mapping[int, Sequence[Backing]], cosines: Mapping[int, float]) -> Weighed:
    """Weigh the best words of all cited passages together; `cosines` is how alike their meanings are, of those passages that were compared."""
    if any(one.is_quote for some in backings.values() for one in some):
        return Weighed(1.0, "supported")
    best = [passages[number][some[0].start : some[0].end] for number, some in backings.items() if some[0].score]
    wanted = content_words(sentence)
    if not wanted:
        return Weighed(0.0, "weak")
    score = combine(_overlap(wanted, {word for text in best for word in content_words(text)}), max(cosines.values(), default=None))
    is_lacking = lacks_number(sentence, list(passages.values()))
    has_conflict = is_lacking or any(contradicts(sentence, text) for text in best)
    return Weighed(score, grade(score, has_conflict=has_conflict), is_lacking)


def regrade(sentence: str, passage: str, backing: Backing, cosine: float | None) -> Backing:
    """Grade one passage's words anew, now that their likeness is known."""
    if backing.is_quote or cosine is None:
        return backing
    text = passage[backing.start : backing.end]
    has_conflict = lacks_number(sentence, [passage]) or contradicts(sentence, text)
    return replace(backing, support=grade(combine(backing.score, cosine), has_conflict=has_conflict))


def combine(overlap: float, cosine: float | None) -> float:
    """One score from 0 to 1. Meaning without a shared word, and words without their meaning, are half of it each."""
    return overlap if cosine is None else max(0.0, (1 - MEANING_WEIGHT) * overlap + MEANING_WEIGHT * min(1.0, cosine))


def grade(score: float, *, has_conflict: bool) -> Support:
    if score >= SUPPORTED_SCORE and not has_conflict:
        return "supported"
    return "weak" if score >= WEAK_SCORE else "unsupported"


def _back(sentence: str, wanted: Sequence[str], passage: str, start: int, end: int) -> Backing:
    text = passage[start:end]
    score = _overlap(wanted, set(content_words(text)))
    has_conflict = score >= SUPPORTED_SCORE and (lacks_number(sentence, [text]) or contradicts(sentence, text))
    return Backing(start, end, score, grade(score, has_conflict=has_conflict))


def _overlap(wanted: Sequence[str], found: set[str]) -> float:
    return sum(word in found for word in wanted) / len(wanted) if wanted else 0.0


def _find_quote(sentence: str, passage: str) -> tuple[int, int] | None:
    """Where `passage` says `sentence` word for word; spaces, punctuation and case do not count, a "not" right before it does."""
    wanted = [token.word for token in tokens(sentence)]
    there = tokens(passage)
    words = [token.word for token in there]
    length = len(wanted)
    for at in range(len(words) - length + 1) if wanted else ():
        if words[at] != wanted[0] or words[at : at + length] != wanted:
            continue
        start, end = there[at].start, there[at + length - 1].end
        lead = passage[there[max(0, at - _BEFORE)].start : end]
        if not contradicts(sentence, _same_sentence(lead, end - start)) and not lacks_number(sentence, [_whole(passage, start, end)]):
            return start, _with_closing(passage, end)
    return None


def _same_sentence(lead: str, quoted: int) -> str:
    """`lead` from where the sentence begins that its last `quoted` characters stand in."""
    at = len(lead) - quoted
    start = max((start for start, _end in sentence_spans(lead) if start <= at), default=at)
    return lead[start:]


def _whole(passage: str, start: int, end: int) -> str:
    """The quote with what its last number goes on with: the 50 of 50.5 is another number."""
    while end < len(passage) and not passage[end].isspace():
        end += 1
    return passage[start:end]


def _with_closing(passage: str, end: int) -> int:
    while end < len(passage) and passage[end] in _CLOSING:
        end += 1
    return end
