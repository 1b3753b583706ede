"""What a search takes and gives."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Filters:
    """Narrows a search; None means any. Never widens what the reader may see."""

    document_ids: frozenset[UUID] | None = None
    collection_ids: frozenset[UUID] | None = None
    kinds: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found. `explanation` says by which leg, at which rank, with which score."""

    passage_id: int
    document_id: UUID
    version_id: UUID
    title: str
    page: int | None
    text: str
    heading_path: tuple[str, ...]
    kind: str
    score: float
    # Any: numbers and words for people who ask why this result.
    explanation: dict[str, Any]
    # Where it stands, in words: see `places.py`.
    place: str = ""


# One leg's candidates, the best first: passage id and the leg's own score, higher is better.
Candidates = list[tuple[int, float]]
