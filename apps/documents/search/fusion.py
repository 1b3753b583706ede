"""Put the two legs together by what their scores mean, not by ranks or by what else was found.

Every candidate of either leg has both scores, exactly. BM25 is taken as a share of what a passage could have at most for this
question; the cosine, which is a share already, is added to it, scaled by how widely the model spreads its cosines:

    score = share + meaning * trust * cosine

So a score does not depend on the other candidates, on how many there are, or on what is hidden. Bruch, Gai and Ingber, An
Analysis of Fusion Functions for Hybrid Retrieval (TOIS 2023), call this normalisation by theoretical bounds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

# How much a cosine counts beside a share. Measured: between 0.7 and 1.5 nothing changes by more than 0.005 nDCG (docs/quality.md).
MEANING = 1.0
# The spread (standard deviation between passages picked at random) of the model by which that was measured.
SPREAD = 0.12
# A question's vector moves so far towards its best passages: Rocchio's feedback, on vectors. More than two passages, or further,
# gains where a question has many answers and loses where it has one.
FEEDBACK = 0.4
FEEDBACK_PASSAGES = 2


@dataclass(frozen=True, slots=True)
class Scores:
    """What both legs say of a passage: its share of the words, and its cosine; 0 and None where a leg knows nothing of it."""

    share: float
    cosine: float | None = None


@dataclass(frozen=True, slots=True)
class Fused:
    passage_id: int
    score: float


def fuse(scores: Mapping[int, Scores], meaning: float) -> list[Fused]:
    """Return the passages by their sum, the best first; equal ones by id, so the same search gives the same list.

    The sum is told as a part of the most that there could be.
    """
    most = 1.0 + meaning
    sums = {pk: one.share + meaning * max(0.0, one.cosine or 0.0) for pk, one in scores.items()}
    return [Fused(pk, total / most) for pk, total in sorted(sums.items(), key=lambda one: (-one[1], one[0]))]


def moved_cosines(cosines: Mapping[int, float], likeness: Mapping[int, Mapping[int, float]], step: float = FEEDBACK) -> dict[int, float]:
    """Return each passage's cosine to a question that moved by `step` towards the mean of its best passages.

    `likeness` gives for each of these the cosines of all passages to it. All vectors have length 1, so no vector is needed:
    cos(q + s * mean(f), p) = (cos(q, p) + s * mean(cos(f, p))) / |q + s * mean(f)|.
    """
    best = list(likeness)
    if not best:
        return dict(cosines)
    mean_to_question = _mean([cosines[one] for one in best])
    mean_to_each_other = _mean([likeness[one].get(other, 0.0) for one in best for other in best])
    length = sqrt(max(1e-9, 1 + 2 * step * mean_to_question + step * step * mean_to_each_other))
    return {pk: (cosine + step * _mean([likeness[one].get(pk, 0.0) for one in best])) / length for pk, cosine in cosines.items()}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
