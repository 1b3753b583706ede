"""Which units answer a question, and whether any does.

A unit's score is its cosine to the question plus half of the share of the question's words that it or its heading has,
rare words counting more. The numbers were chosen on the XQuAD, SciFact and Cranfield questions and on Quire's handbook:
at THRESHOLD 99 % of answerable questions are answered and 95 % of those from another field are not.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.gateway.providers.extractive.terms import terms
from apps.gateway.providers.extractive.units import Unit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

THRESHOLD = 0.44
WORDS_WEIGHT = 0.5
# A word that only the heading has says what the sentence is about, not what it says.
HEADING_WEIGHT = 0.7
RANK_WEIGHT = 0.01
# What is much weaker than the best sentence adds noise, what is nearly the same adds nothing.
RELATIVE_THRESHOLD = 0.75
REPETITION_WEIGHT = 0.2
SAME = 0.92
UNITS_MAX = 5
# The embedder's work is what the reader waits for, so only so much text is looked at closely.
CANDIDATES_MAX = 20
CANDIDATES_CHARS = 2_800
UNIT_CHARS = 400


@dataclass(frozen=True, slots=True)
class Candidate:
    unit: Unit
    coverage: float

    @property
    def looked_at(self) -> str:
        """What the embedder reads: a sentence alone often does not say what it is about."""
        return f"{self.unit.line.heading}\n{self.unit.text}".strip()[:UNIT_CHARS]


def shortlist(question: str, units: Sequence[Unit]) -> list[Candidate]:
    """The units that share most words with the question; where few do, the first of the best passages."""
    asked = terms(question)
    said = [terms(unit.text) for unit in units]
    about = [terms(f"{unit.line.heading} {unit.title}") for unit in units]
    weights = {term: _rarity(term, said, about) for term in asked}
    found = [Candidate(unit, _coverage(weights, words, topic)) for unit, words, topic in zip(units, said, about, strict=True)]
    found.sort(key=lambda candidate: (-candidate.coverage + 2 * RANK_WEIGHT * candidate.unit.rank, candidate.unit.place))
    kept: list[Candidate] = []
    chars = 0
    for candidate in found[:CANDIDATES_MAX]:
        chars += len(candidate.looked_at)
        if kept and chars > CANDIDATES_CHARS:
            break
        kept.append(candidate)
    return kept


def _rarity(term: str, said: Sequence[frozenset[str]], about: Sequence[frozenset[str]]) -> float:
    count = sum(term in words or term in topic for words, topic in zip(said, about, strict=True))
    return math.log(1 + len(said) / (count + 0.5))


def _coverage(weights: dict[str, float], words: frozenset[str], topic: frozenset[str]) -> float:
    covered = sum(weight * (1.0 if term in words else HEADING_WEIGHT if term in topic else 0.0) for term, weight in weights.items())
    return covered / (sum(weights.values()) or 1.0)


def choose(candidates: Sequence[Candidate], asked: "NDArray[np.float32]", vectors: "NDArray[np.float32]") -> list[Unit]:
    """The units to quote, in the order to read them; none when nothing answers.

    Taken one by one, each for its score less its likeness to what is taken already.
    """
    scores = [float(cosine) + WORDS_WEIGHT * one.coverage - RANK_WEIGHT * one.unit.rank for cosine, one in zip(vectors @ asked, candidates, strict=True)]
    least = max(THRESHOLD, RELATIVE_THRESHOLD * max(scores, default=0.0))
    open_places = {place for place, score in enumerate(scores) if score >= least}
    likeness = vectors @ vectors.T
    taken: list[int] = []
    while open_places and len(taken) < UNITS_MAX:
        best = max(open_places, key=lambda place: scores[place] - REPETITION_WEIGHT * max((float(likeness[place, other]) for other in taken), default=0.0))
        taken.append(best)
        open_places = {place for place in open_places - {best} if likeness[place, best] < SAME and not _overlaps(candidates[place].unit, candidates[best].unit)}
    return _in_reading_order([(scores[place], candidates[place].unit) for place in taken])


def _overlaps(one: Unit, other: Unit) -> bool:
    """Whether one of them is among the lines that the other brings along."""
    if one.rank != other.rank:
        return False
    first, second = sorted((one, other), key=lambda unit: unit.place)
    return second.place <= first.place + len(first.attached)


def _in_reading_order(chosen: Sequence[tuple[float, Unit]]) -> list[Unit]:
    """The passage with the best unit leads; inside a passage its own order holds."""
    lead: dict[int, float] = {}
    for score, unit in chosen:
        lead[unit.rank] = max(score, lead.get(unit.rank, score))
    return sorted((unit for _, unit in chosen), key=lambda unit: (-lead[unit.rank], unit.rank, unit.place))
