"""A document as leaves to read: its passages page by page, one of them cited, its words marked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from apps.accounts.types import Reader
from apps.common.errors import Invalid, NotFound
from apps.documents.constants import LEAVES_AT_ONCE, PASSAGES_A_LEAF
from apps.documents.models import Document, DocumentVersion, Passage
from apps.documents.selectors import (
    PassagePlace,
    get_passages,
    get_version,
    list_places,
    list_version_passages,
)

_NUMBER_DIGITS = 15
_LEAVES_BEFORE = 3
Segment = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class PieceView:
    kind: str
    level: int
    # Text and whether it is marked.
    segments: list[Segment]


@dataclass(frozen=True, slots=True)
class PassageView:
    id: int
    anchor: str
    is_cited: bool
    pieces: list[PieceView]


@dataclass(frozen=True, slots=True)
class LeafView:
    page_label: str
    page: int | None
    passages: list[PassageView]


@dataclass(frozen=True, slots=True)
class Pager:
    """Links to the leaves before and after those shown; empty where there are none."""

    earlier_url: str
    later_url: str


@dataclass(frozen=True, slots=True)
class Place:
    """What the address asks to see: numbers as they came, checked."""

    passage: int | None = None
    start: int | None = None
    end: int | None = None
    page: int | None = None
    version: str | None = None

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "Place":
        """Raise Invalid for what is not a number where one belongs."""
        return cls(
            passage=_number(query, "passage"),
            start=_number(query, "from"),
            end=_number(query, "to"),
            page=_number(query, "page"),
            version=query.get("version") or None,
        )


@dataclass(frozen=True, slots=True)
class SourceView:
    # Any: plain values for the template, as the contract of the page lists them.
    document: dict[str, Any]
    leaves: list[LeafView]
    cited: PassageView | None
    pager: Pager


def make_source(reader: Reader, document: Document, place: Place) -> SourceView:
    """Show the leaves around the place, at most ten: a book is not one page of HTML."""
    version = _version_of(reader, document, place)
    if version is None:
        return SourceView(_facts(reader, document), [], None, Pager("", ""))
    leaves = _leaves_of(list_places(reader, version))
    first = _first_leaf(leaves, place)
    shown = leaves[first : first + LEAVES_AT_ONCE]
    ids = [one["id"] for leaf in shown for one in leaf]
    found = list_version_passages(reader, document, version=version, ids=ids)
    views = {passage.id: _passage_view(passage, place) for passage in found}
    return SourceView(
        document=_facts(reader, document),
        leaves=[_leaf_view(leaf, views) for leaf in shown],
        cited=views.get(place.passage) if place.passage is not None else None,
        pager=_pager(reader, document, version, leaves, first),
    )


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _NUMBER_DIGITS):
        raise Invalid(f"The address of this place is not right: {name} has to be a number.")
    return int(text)


def _version_of(reader: Reader, document: Document, place: Place) -> DocumentVersion | None:
    """The version asked for, or the one of the cited passage: a citation outlives its version."""
    if place.passage is None:
        return get_version(document, place.version)
    passage = get_passages(reader, [place.passage]).get(place.passage)
    is_right = passage is not None and passage.version.document_id == document.id
    if passage is None or not is_right or place.version not in (None, str(passage.version_id)):
        raise NotFound("That passage is no longer in the library.")
    return passage.version


def _leaves_of(places: Sequence[PassagePlace]) -> list[list[PassagePlace]]:
    """Part the passages into pages, or where there are none into leaves of equal length."""
    if all(place["page"] is None for place in places):
        return [list(places[at : at + PASSAGES_A_LEAF]) for at in range(0, len(places), PASSAGES_A_LEAF)]
    leaves: list[list[PassagePlace]] = []
    for place in places:
        if not leaves or leaves[-1][0]["page"] != place["page"]:
            leaves.append([])
        leaves[-1].append(place)
    return leaves


def _first_leaf(leaves: Sequence[Sequence[PassagePlace]], place: Place) -> int:
    last_start = max(0, len(leaves) - LEAVES_AT_ONCE)
    if place.page is not None:
        return _leaf_of_page(leaves, place.page)
    for number, leaf in enumerate(leaves):
        if any(one["id"] == place.passage for one in leaf):
            return min(max(0, number - _LEAVES_BEFORE), last_start)
    return 0


def _leaf_of_page(leaves: Sequence[Sequence[PassagePlace]], page: int) -> int:
    for number, leaf in enumerate(leaves):
        if _leaf_number(leaf, number) >= page:
            return number
    return max(0, len(leaves) - 1)


def _leaf_number(leaf: Sequence[PassagePlace], index: int) -> int:
    return leaf[0]["page"] or index + 1


def _leaf_view(leaf: Sequence[PassagePlace], views: Mapping[int, PassageView]) -> LeafView:
    page = leaf[0]["page"]
    passages = [views[one["id"]] for one in leaf if one["id"] in views]
    return LeafView("" if page is None else str(page), page, passages)


def _passage_view(passage: Passage, place: Place) -> PassageView:
    is_cited = passage.id == place.passage
    mark = _mark(passage, place) if is_cited else (0, 0)
    blocks = passage.blocks or [{"kind": "paragraph", "level": 0, "start": 0, "end": len(passage.text)}]
    pieces = [PieceView(block["kind"], block["level"], _segments(passage.text, (block["start"], block["end"]), mark)) for block in blocks]
    return PassageView(passage.id, f"p{passage.id}", is_cited, pieces)


def _mark(passage: Passage, place: Place) -> tuple[int, int]:
    if place.start is None or place.end is None:
        return (0, 0)
    return (min(place.start, len(passage.text)), min(place.end, len(passage.text)))


def _segments(text: str, block: tuple[int, int], mark: tuple[int, int]) -> list[Segment]:
    """Cut a block at the ends of the mark; an empty or turned mark marks nothing."""
    start, end = block
    low, high = max(start, mark[0]), min(end, mark[1])
    if low >= high:
        return [(text[start:end], False)]
    parts = [(text[start:low], False), (text[low:high], True), (text[high:end], False)]
    return [part for part in parts if part[0]]


def _facts(reader: Reader, document: Document) -> dict[str, Any]:
    place = [reader.workspace.slug, document.id]
    return {
        "id": document.id,
        "title": document.title,
        "kind": document.kind,
        "pages": document.page_count,
        "updated_at": document.updated_at,
        "state": document.state,
        "note": document.error_detail or document.note,
        "original_url": reverse("documents:original", args=place),
        "url": reverse("documents:document", args=place),
        "access_url": reverse("documents:access", args=place) if reader.can("people.view") or reader.can("document.manage", document) else "",
    }


def _pager(reader: Reader, document: Document, version: DocumentVersion, leaves: Sequence[Sequence[PassagePlace]], first: int) -> Pager:
    def link(index: int) -> str:
        query: dict[str, int | UUID] = {"page": _leaf_number(leaves[index], index)}
        if version.id != document.current_version_id:
            query["version"] = version.id
        return f"{reverse('documents:document', args=[reader.workspace.slug, document.id])}?{urlencode(query)}"

    after = first + LEAVES_AT_ONCE
    return Pager(
        earlier_url=link(max(0, first - LEAVES_AT_ONCE)) if first else "",
        later_url=link(after) if after < len(leaves) else "",
    )
