"""How well a number tells questions that the library answers from those that it does not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Point:
    """At a threshold: which part of either kind is refused."""

    threshold: float
    answerable_refused: float
    unanswerable_refused: float


def is_for_choosing(name: str) -> bool:
    """Whether a question is of the half by which a threshold is chosen. By its name alone, so that it is the same half each time."""
    return sha256(name.encode()).digest()[0] % 2 == 0


def auroc(answerable: Sequence[float], unanswerable: Sequence[float]) -> float:
    """How often the number of an answerable one is the higher of two picked at random, a tie counting half (Mann and Whitney, 1947)."""
    wins = sum((one > other) + 0.5 * (one == other) for one in answerable for other in unanswerable)
    return wins / (len(answerable) * len(unanswerable))


def threshold_at(answerable: Sequence[float], share: float) -> float:
    """The highest threshold under which no more than this share of the answerable ones is."""
    ordered = sorted(answerable)
    return ordered[int(share * len(ordered))]


def point_at(threshold: float, answerable: Sequence[float], unanswerable: Sequence[float]) -> Point:
    return Point(threshold, _share_below(threshold, answerable), _share_below(threshold, unanswerable))


def curve(answerable: Sequence[float], unanswerable: Sequence[float]) -> Iterator[Point]:
    """The whole curve, at each twentieth of the answerable ones."""
    ordered = sorted(answerable)
    for twentieth in range(20):
        yield point_at(ordered[twentieth * len(ordered) // 20], answerable, unanswerable)


def _share_below(threshold: float, values: Sequence[float]) -> float:
    return sum(value < threshold for value in values) / len(values)
