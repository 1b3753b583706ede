"""Put two ranked lists together by their scores, not only their ranks.

Each leg's scores become z-scores over its own candidates; a passage's score is the weighted sum
of both. What a leg did not find counts as a little worse than the worst that it did find: the
lists end where they are cut, so nothing is known about it but that.
"""

from dataclasses import dataclass, field
from math import sqrt
from typing import Any

from apps.documents.search.types import Candidates

_BELOW_WORST = 0.5


@dataclass(frozen=True, slots=True)
class Fused:
    passage_id: int
    score: float
    # Any: see Hit.explanation.
    explanation: dict[str, Any] = field(default_factory=dict)


def fuse(legs: dict[str, tuple[float, Candidates]], limit: int) -> list[Fused]:
    """Return the best `limit`; `legs` maps a name to its weight and candidates.

    Equal scores are ordered by passage id, so the same search gives the same list.
    """
    normalised = {name: _normalise(candidates) for name, (_weight, candidates) in legs.items()}
    total = sum(weight for weight, candidates in legs.values() if candidates) or 1.0
    fused = []
    for passage_id in {pk for _weight, candidates in legs.values() for pk, _score in candidates}:
        score, explanation = 0.0, {}
        for name, (weight, candidates) in legs.items():
            if not candidates:
                continue
            standing = normalised[name]
            found = standing.scores.get(passage_id)
            score += weight / total * (standing.floor if found is None else found)
            explanation[name] = standing.explain(passage_id)
        fused.append(Fused(passage_id, score, explanation))
    fused.sort(key=lambda hit: (-hit.score, hit.passage_id))
    return fused[:limit]


@dataclass(frozen=True, slots=True)
class _Standing:
    scores: dict[int, float]
    raw: dict[int, tuple[int, float]]
    floor: float

    def explain(self, passage_id: int) -> dict[str, Any] | None:
        if passage_id not in self.raw:
            return None
        rank, raw = self.raw[passage_id]
        return {"rank": rank, "score": round(raw, 4), "normalised": round(self.scores[passage_id], 4)}


def _normalise(candidates: Candidates) -> _Standing:
    raw = {pk: (rank, score) for rank, (pk, score) in enumerate(candidates, start=1)}
    if not candidates:
        return _Standing({}, {}, 0.0)
    values = [score for _pk, score in candidates]
    mean = sum(values) / len(values)
    spread = sqrt(sum((value - mean) ** 2 for value in values) / len(values)) or 1.0
    scores = {pk: (score - mean) / spread for pk, score in candidates}
    return _Standing(scores, raw, min(scores.values()) - _BELOW_WORST)
