"""What a search takes and gives."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

LIMIT_MAX = 100
_NEVER = datetime(1, 1, 1, tzinfo=UTC)


class Mode(StrEnum):
    """Which stages a search has. All but the default are for measuring one stage by itself."""

    DEFAULT = "default"
    BM25 = "bm25"
    DENSE = "dense"
    # Both legs put together, and nothing after that.
    HYBRID = "hybrid"


class Sort(StrEnum):
    RELEVANCE = "relevance"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Filters:
    """Narrows a search; None means any. Never widens what the reader may see."""

    document_ids: frozenset[UUID] | None = None
    collection_ids: frozenset[UUID] | None = None
    kinds: frozenset[str] | None = None
    # ISO 639-1, as it was found of each passage.
    languages: frozenset[str] | None = None
    access: frozenset[str] | None = None
    # Of a document that has all of these.
    tags: frozenset[str] | None = None
    # When the document was last changed: from a day on, and before a day.
    since: date | None = None
    before: date | None = None
    # Words that stand in the title, each of them.
    title: tuple[str, ...] = ()
    # Collections by name or slug, as people write them; of the same rule as ids.
    collections: frozenset[str] | None = None

    def narrowed_by(self, other: "Filters") -> "Filters":
        """Return what both leave."""
        sets = ("document_ids", "collection_ids", "kinds", "languages", "access", "collections")
        return Filters(
            **{name: _in_both(getattr(self, name), getattr(other, name)) for name in sets},
            tags=(self.tags or frozenset()) | (other.tags or frozenset()) or None,
            since=max(filter(None, (self.since, other.since)), default=None),
            before=min(filter(None, (self.before, other.before)), default=None),
            title=self.title + other.title,
        )


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `text` is what is ranked by, the exact words among it; the rest narrows."""

    text: str
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    without_phrases: tuple[str, ...] = ()
    filters: Filters = field(default_factory=Filters)


@dataclass(frozen=True, slots=True)
class Request:
    """What is wanted of a search. A list by date is of the most relevant ones, the newest first.

    With `joins`, neighbours are one hit, and what says nearly the same is folded into it. Without, each passage stands for itself, as
    who answers by them needs it: ten contracts that differ in a word are ten answers. Only the same text is still there once.

    `is_draft`: somebody is still writing the question, so no model but the embedder is asked. `is_exact`: every vector is compared. For
    measuring, as no two builds of the vector index are alike, and what each misses is another.
    """

    question: Question
    limit: int = 8
    mode: Mode = Mode.DEFAULT
    sort: Sort = Sort.RELEVANCE
    joins: bool = True
    is_draft: bool = False
    is_exact: bool = False

    @property
    def has_further_stages(self) -> bool:
        """Whether the stages that are there by setting are wanted."""
        return self.mode == Mode.DEFAULT and not self.is_draft


# Any: ids or words.
def _in_both(first: frozenset[Any] | None, second: frozenset[Any] | None) -> frozenset[Any] | None:
    if first is None or second is None:
        return second if first is None else first
    return first & second


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found, with its place, and what it stands for.

    `score` is from 0 to 1 of what a passage could have for this question. `explanation` says by which stage it was found, at which
    rank, with which share of that stage's best score, and which words of the question stand in it; nothing about other passages.
    """

    passage_id: int
    document_id: UUID
    version_id: UUID
    title: str
    page: int | None
    text: str
    # Where it stands in that page's text.
    start: int
    end: int
    # Any: spans of the text, as the row has them.
    blocks: Sequence[dict[str, Any]]
    heading_path: tuple[str, ...]
    kind: str
    score: float
    # Any: numbers and words for people who ask why this result.
    explanation: dict[str, Any]
    # Where it stands, in words: see `places.py`.
    place: str = ""
    language: str = ""
    # Of the document.
    updated_at: datetime = _NEVER
    ordinal: int = 0
    # Passages that say nearly the same, the better ones first: folded into this hit.
    alike: tuple["Beside", ...] = ()
    # Passages that were found too and stand right before or behind this one, in reading order.
    neighbours: tuple["Beside", ...] = ()
    # The score where it says how well anything answers: by words and by a meaning that is to be trusted in the question's language, and by
    # nothing else. None: nobody measured what such a score says.
    evidence: float | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """A passage that is shown with a hit and not for itself."""

    passage_id: int
    document_id: UUID
    version_id: UUID
    title: str
    place: str
    text: str
    # Any: as above.
    blocks: Sequence[dict[str, Any]]
    language: str
    # Where it stands among the passages of its version.
    ordinal: int


@dataclass(frozen=True, slots=True)
class Results:
    """What a search gave. `is_without_meaning` tells that the embedder was down and words alone were looked for."""

    hits: list[Hit]
    question: Question
    is_without_meaning: bool = False
    # Whether there were more than were asked for.
    has_more: bool = False
    # The question's words as the analyser of this version knows them, to mark them in what is shown.
    terms: frozenset[int] = frozenset()
    analyser: int = 0


# One leg's candidates, the best first: passage id and the leg's own score, higher is better.
Candidates = list[tuple[int, float]]
