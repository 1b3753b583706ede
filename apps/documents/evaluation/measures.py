"""How good a ranking is, by the measures of TREC: each from 0 to 1, the mean over the questions."""

from collections.abc import Mapping, Sequence
from math import log2


def ndcg(ranked: Sequence[str], judged: Mapping[str, int], depth: int = 10) -> float:
    """Return the discounted gain of the first `depth`, of the best that there could be; a judgement is its gain, as trec_eval has it."""
    gained = sum(judged.get(one, 0) / log2(place + 2) for place, one in enumerate(ranked[:depth]))
    best = sum(gain / log2(place + 2) for place, gain in enumerate(sorted(judged.values(), reverse=True)[:depth]))
    return gained / best if best > 0 else 0.0


def recall(ranked: Sequence[str], judged: Mapping[str, int], depth: int = 100) -> float:
    """Return which part of the relevant ones is among the first `depth`."""
    relevant = {one for one, gain in judged.items() if gain > 0}
    return len(relevant & set(ranked[:depth])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranked: Sequence[str], judged: Mapping[str, int], depth: int = 10) -> float:
    """Return one by the place of the first relevant one among the first `depth`."""
    return next((1 / place for place, one in enumerate(ranked[:depth], start=1) if judged.get(one, 0) > 0), 0.0)


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that so many percent are no larger than."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100).__int__() - 1)] if ordered else 0.0
