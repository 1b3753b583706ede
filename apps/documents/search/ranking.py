"""From candidates to one order, and why each stands where it does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.documents.search import candidates
from apps.documents.search.fusion import FEEDBACK, FEEDBACK_PASSAGES, MEANING, SPREAD, Fused, Scores, fuse, moved_cosines
from apps.documents.search.legs import WordsFound, look_up_meaning
from apps.documents.search.spread import get_spread
from apps.documents.search.types import Candidates, Mode


@dataclass(frozen=True, slots=True)
class Ranking:
    """All candidates, the best first, and what each leg found."""

    order: list[Fused]
    legs: dict[str, dict[int, tuple[int, float]]] = field(default_factory=dict)

    @classmethod
    def of(cls, order: list[Fused], **legs: Candidates) -> "Ranking":
        return cls(order, {name: _standings(found) for name, found in legs.items()})

    def reordered(self, order: list[Fused], **stages: Mapping[int, float]) -> "Ranking":
        """Return the same candidates by new scores, and what further stages say of them."""
        told = {name: _standings(sorted(scores.items(), key=lambda one: (-one[1], one[0]))) for name, scores in stages.items()}
        return Ranking(sorted(order, key=lambda one: (-one.score, one.passage_id)), {**self.legs, **told})

    # Any: see Hit.explanation.
    def explain(self, passage_id: int) -> dict[str, Any]:
        """Say at which rank each leg found a passage, and with which share of its best score; None for a leg that did not."""
        told = {name: standings.get(passage_id) for name, standings in self.legs.items()}
        return {name: {"rank": one[0], "score": one[1]} if one else None for name, one in told.items()}


def _standings(found: Candidates) -> dict[int, tuple[int, float]]:
    best = found[0][1] if found and found[0][1] > 0 else 1.0
    return {pk: (rank, round(max(0.0, score) / best, 2)) for rank, (pk, score) in enumerate(found, start=1)}


def rank(words: WordsFound, vector: Sequence[float] | None) -> Ranking:
    """Put the legs together. Without a vector the words stand alone."""
    if vector is None:
        return Ranking.of(fuse({pk: Scores(_share(score, words)) for pk, score in words.found}, 0.0), words=words.found)
    scored = look_up_meaning(words, vector)
    if words.request.mode == Mode.DENSE:
        return Ranking.of(fuse({pk: Scores(0.0, cosine) for pk, cosine in scored.near}, MEANING), meaning=scored.near)
    scores = {pk: Scores(_share(score, words), cosine) for pk, (score, cosine) in scored.both.items()}
    meaning = MEANING * SPREAD / get_spread(words.model) * words.trust
    order = fuse(scores, meaning)
    if words.request.mode == Mode.DEFAULT:
        order = _feed_back(order, scores, meaning, words)
    return Ranking.of(order, words=words.found, meaning=scored.near)


def put_together(own: Ranking, others: Sequence[Ranking]) -> Ranking:
    """Put the rankings of other wordings to that of the question: its score is half, the mean of theirs the other half.

    A score is a part of the most that there could be for its own wording, so they can be added. The question stays an anchor: wordings
    that all miss its point lift nothing over what answers it well.
    """
    if not others:
        return own
    sums: dict[int, float] = {}
    for one in (one for ranking in others for one in ranking.order):
        sums[one.passage_id] = sums.get(one.passage_id, 0.0) + one.score
    means = {pk: total / len(others) for pk, total in sums.items()}
    scores = {one.passage_id: one.score for one in own.order}
    order = [Fused(pk, (scores.get(pk, 0.0) + means.get(pk, 0.0)) / 2) for pk in {**scores, **means}]
    return own.reordered(order, paraphrases=means)


def _share(score: float, words: WordsFound) -> float:
    return min(1.0, score / words.weighted.most) if words.weighted.most else 0.0


def _feed_back(order: list[Fused], scores: dict[int, Scores], meaning: float, words: WordsFound) -> list[Fused]:
    """Move the question towards its best passages, as far as the model is to be trusted: what it does not understand, it cannot tell the like of."""
    cosines = {pk: one.cosine for pk, one in scores.items() if one.cosine is not None}
    best = [one.passage_id for one in order if one.passage_id in cosines][:FEEDBACK_PASSAGES]
    if not best:
        return order
    likeness = candidates.compare_with(best, list(cosines), words.model.name)
    moved = moved_cosines(cosines, likeness, FEEDBACK * words.trust)
    return fuse({pk: Scores(one.share, moved.get(pk)) for pk, one in scores.items()}, meaning)
