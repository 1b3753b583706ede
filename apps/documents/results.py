"""What a search found, as its faces show it: the words of the question marked, and each result with its address."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from apps.accounts.types import Reader
from apps.documents.analysis.terms import ANALYSERS
from apps.documents.excerpts import find_marks, make_excerpt
from apps.documents.links import source_url
from apps.documents.pieces import Segment
from apps.documents.search import Beside, Hit, Results

_FURTHER = {"paraphrases": "Other wordings", "rerank": "Reranking"}


@dataclass(frozen=True, slots=True)
class BesideView:
    """A passage that is shown with a result."""

    title: str
    place: str
    url: str
    segments: list[Segment]


@dataclass(frozen=True, slots=True)
class StageView:
    """Where one stage of the search put a result: `rank` from 1, `percent` of that stage's best."""

    rank: int
    percent: int


@dataclass(frozen=True, slots=True)
class ResultView:
    title: list[Segment]
    place: str
    path: tuple[str, ...]
    kind: str
    url: str
    updated_at: datetime
    segments: list[Segment]
    alike: list[BesideView] = field(default_factory=list)
    # Of the same document, right before or behind, in reading order.
    neighbours: list[BesideView] = field(default_factory=list)
    percent: int = 0
    terms: tuple[str, ...] = ()
    words: StageView | None = None
    meaning: StageView | None = None
    # Stages that are there by setting, and what people call them.
    further: tuple[tuple[str, StageView], ...] = ()

    @property
    def is_ranked(self) -> bool:
        """A list by filters alone has no ranks to explain."""
        return bool(self.words or self.meaning)


def make_results(reader: Reader, results: Results) -> list[ResultView]:
    shower = _Shower(reader, results)
    return [shower.result(hit) for hit in results.hits]


class _Shower:
    def __init__(self, reader: Reader, results: Results) -> None:
        self._slug = reader.workspace.slug
        self._terms = results.terms
        self._analyser = ANALYSERS.get(results.analyser)

    def result(self, hit: Hit) -> ResultView:
        told = hit.explanation
        return ResultView(
            title=self._excerpt(hit.title, hit.language, ()),
            place=hit.place,
            path=hit.heading_path,
            kind=hit.kind,
            url=source_url(self._slug, hit.document_id, hit.passage_id),
            updated_at=hit.updated_at,
            segments=self._excerpt(hit.text, hit.language, hit.blocks),
            alike=[self._beside(one) for one in hit.alike],
            neighbours=[self._beside(one) for one in hit.neighbours],
            percent=round(100 * hit.score),
            terms=tuple(told.get("terms", ())),
            words=_stage(told.get("words")),
            meaning=_stage(told.get("meaning")),
            further=tuple((label, stage) for name, label in _FURTHER.items() if (stage := _stage(told.get(name)))),
        )

    def _beside(self, one: Beside) -> BesideView:
        url = source_url(self._slug, one.document_id, one.passage_id)
        return BesideView(one.title, one.place, url, self._excerpt(one.text, one.language, one.blocks))

    # Any: blocks as the passage's row has them.
    def _excerpt(self, text: str, language: str, blocks: Iterable[dict[str, Any]]) -> list[Segment]:
        marks = find_marks(text, language, self._terms, self._analyser) if self._analyser else []
        return make_excerpt(text, blocks, marks)


# Any: see Hit.explanation.
def _stage(told: dict[str, Any] | None) -> StageView | None:
    return StageView(told["rank"], round(100 * told["score"])) if told else None


# Any, here and below: JSON.
def results_output(reader: Reader, results: Results) -> dict[str, Any]:
    """Return what was found as the API tells it; the passages whole."""
    return {
        "results": [_hit(reader, hit) for hit in results.hits],
        "has_more": results.has_more,
        # Words alone were looked for, because the embedding model did not answer.
        "without_meaning": results.is_without_meaning,
    }


def _hit(reader: Reader, hit: Hit) -> dict[str, Any]:
    return {
        "document": _document(hit) | {"kind": hit.kind, "updated_at": timezone.localtime(hit.updated_at).isoformat()},
        "passage": _passage(reader, hit) | {"page": hit.page, "start": hit.start, "end": hit.end, "heading_path": list(hit.heading_path)},
        "score": hit.score,
        "explanation": hit.explanation,
        "alike": [_beside(reader, one) for one in hit.alike],
        "neighbours": [_beside(reader, one) for one in hit.neighbours],
    }


def _beside(reader: Reader, one: Beside) -> dict[str, Any]:
    return {"document": _document(one), "passage": _passage(reader, one)}


def _document(one: Hit | Beside) -> dict[str, Any]:
    return {"id": str(one.document_id), "title": one.title}


def _passage(reader: Reader, one: Hit | Beside) -> dict[str, Any]:
    return {
        "id": one.passage_id,
        "version": str(one.version_id),
        "text": one.text,
        "place": one.place,
        "language": one.language,
        "url": source_url(reader.workspace.slug, one.document_id, one.passage_id),
    }
