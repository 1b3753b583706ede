"""The sentences of an answer that claim something, each with the passages that it cites."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from apps.chat.graph import phrases
from apps.chat.graph.sentences import AnswerSentence, split_answer
from apps.chat.graph.state import CheckedSentence, Draft, JudgedBy
from apps.chat.graph.support import Backing, Weighed, find_backings, regrade, weigh

# So many spans of a passage are compared by meaning.
_SPANS = 3
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1|\Z)", re.MULTILINE | re.DOTALL)
_TABLE_RULE = re.compile(r"[ |:-]*-{3}[ |:-]*")
_HEADING = re.compile(r"#{1,6}\s|\*\*[^*]+\*\*:?$|__[^_]+__:?$")
_LEAD = re.compile(r"^(?:[-*+>]\s+)+")
_ORDINAL = re.compile(r"\(?\w{1,3}[.)]")
# What an answer says of the passages themselves: that they do not tell something.
_MISSING = re.compile(
    r"\b(?:passages?|documents?|sources?|library|texts?|information)\b.{0,40}\b(?:do|does|did|is|are)(?:\s+not|n['’]t)\b"
    r"|\bno (?:passage|document|source|information)s?\b|\bnothing in the (?:library|passages|documents)\b",
    re.IGNORECASE,
)
_OWN_WORDS = frozenset(one.text for phrase in (phrases.NO_ANSWER, phrases.GREETING, phrases.WELCOME) for one in split_answer(phrase))


@dataclass(slots=True)
class Claim:
    """A sentence that says something, what it cites, and what was found out about it so far. `judged` is the language model's word."""

    sentence: AnswerSentence
    passages: dict[int, str]
    backings: dict[int, list[Backing]] = field(default_factory=dict)
    cosines: dict[int, float] = field(default_factory=dict)
    weighed: Weighed = field(default_factory=lambda: Weighed(0.0, "unsupported"))
    judged: bool = False

    def weigh(self) -> None:
        """Weigh it anew, by all that is known now. A claim without a citation stays unsupported."""
        if self.passages:
            self.weighed = weigh(self.sentence.text, self.passages, self.backings, self.cosines)

    @property
    def is_quote(self) -> bool:
        return any(one.is_quote for some in self.backings.values() for one in some)

    def backing_of(self, number: int) -> Backing:
        """The words of one passage that back it best. With its only passage a sentence stands or falls; of several each is graded by itself."""
        best = self.backings[number][0]
        if len(self.passages) == 1:
            return replace(best, support=self.weighed.support)
        return regrade(self.sentence.text, self.passages[number], best, self.cosines.get(number))

    def checked(self) -> CheckedSentence:
        one = self.sentence
        return CheckedSentence(one.start, one.end, tuple(self.passages), self.weighed.support, round(self.weighed.score, 3), self._by())

    def _by(self) -> JudgedBy:
        if not self.passages:
            return "no_citation"
        return "judge" if self.judged else "meaning" if self.cosines else "words"


def read_claims(draft: Draft, *, is_about_library: bool) -> tuple[list[Claim], list[CheckedSentence]]:
    """Return the claims of an answer, weighed by their words, and the sentences that claim nothing. Small talk claims nothing about the library."""
    claims, others = [], []
    aside = list(_not_prose(draft.text))
    for sentence in split_answer(draft.text):
        passages = {number: draft.sources[number].text for number in sentence.numbers if number in draft.sources}
        is_aside = any(start <= sentence.start < end for start, end in aside)
        if passages or (is_about_library and not is_aside and is_claim(sentence.text)):
            claim = Claim(sentence, passages, {number: find_backings(sentence.text, text, _SPANS) for number, text in passages.items()})
            claim.weigh()
            claims.append(claim)
        else:
            others.append(CheckedSentence(sentence.start, sentence.end, (), "no_claim"))
    return claims, others


def is_claim(sentence: str) -> bool:
    """Whether a sentence that cites nothing says something that it would have to cite a passage for."""
    text = _LEAD.sub("", sentence).strip()
    if not any(letter.isalnum() for letter in text) or text.endswith(("?", ":", ":**")):
        return False
    is_own = text in _OWN_WORDS or text.startswith(phrases.NEAREST)
    return not (is_own or _HEADING.match(text) or _ORDINAL.fullmatch(text) or _MISSING.search(text))


def _not_prose(answer: str) -> Iterator[tuple[int, int]]:
    """Where code stands, and the heads of tables."""
    yield from (match.span() for match in _FENCE.finditer(answer))
    start, before = 0, (0, 0)
    for line in answer.splitlines(keepends=True):
        end = start + len(line)
        if "|" in line and _TABLE_RULE.fullmatch(line.strip()):
            yield before[0], end
        start, before = end, (start, end)
