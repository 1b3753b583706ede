"""A document as leaves to read: its passages page by page, one of them cited, its words marked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.text import capfirst

from apps.accounts.types import Reader
from apps.common.errors import Invalid, NotFound
from apps.documents.constants import LEAVES_AT_ONCE, PASSAGES_A_LEAF
from apps.documents.ingest.types import BLOCK_GAP
from apps.documents.models import Document, DocumentVersion, Passage
from apps.documents.pieces import PieceView, Shown, Span, join_table, make_pieces
from apps.documents.places import name_place
from apps.documents.selectors import (
    PassagePlace,
    get_passages,
    get_version,
    list_places,
    list_version_passages,
)
from apps.documents.source_facts import make_facts
from apps.documents.types import Unit

_NUMBER_DIGITS = 15
_LEAVES_BEFORE = 3
# What an earlier or later leaf is called; a sheet and a chapter may be longer than a leaf.
_TURNED = {Unit.SLIDE: "slides", Unit.SHEET: "parts", Unit.CHAPTER: "parts"}


@dataclass(frozen=True, slots=True)
class PassageView:
    id: int
    # Empty where a table before it holds its first rows, and the anchor.
    anchor: str
    is_cited: bool
    pieces: list[PieceView]


@dataclass(frozen=True, slots=True)
class LeafView:
    """`name` says what it is to who cannot see it; `number` stands in the margin, if it `is_numbered`, `title` above the text."""

    name: str
    is_numbered: bool
    number: str
    title: str
    page: int | None
    passages: list[PassageView]


@dataclass(frozen=True, slots=True)
class Pager:
    """Links to the leaves before and after those shown; empty where there are none."""

    earlier_url: str
    later_url: str
    word: str = "pages"


@dataclass(frozen=True, slots=True)
class Place:
    """What the address asks to see: numbers as they came, checked."""

    passage: int | None = None
    start: int | None = None
    end: int | None = None
    page: int | None = None
    leaf: int | None = None
    version: str | None = None

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "Place":
        """Raise Invalid for what is not a number where one belongs."""
        return cls(
            passage=_number(query, "passage"),
            start=_number(query, "from"),
            end=_number(query, "to"),
            page=_number(query, "page"),
            leaf=_number(query, "leaf"),
            version=query.get("version") or None,
        )

    def mark(self, passage: Passage) -> Span:
        """Return the words of a passage that are to be marked."""
        if passage.id != self.passage or self.start is None or self.end is None:
            return (0, 0)
        return (min(self.start, len(passage.text)), min(self.end, len(passage.text)))


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
    facts = make_facts(reader, document, version)
    if version is None:
        return SourceView(facts, [], None, Pager("", ""))
    leaves = _leaves_of(list_places(reader, version))
    first = _first_leaf(leaves, place)
    shown = leaves[first : first + LEAVES_AT_ONCE]
    ids = [one["id"] for leaf in shown for one in leaf]
    found = {passage.id: passage for passage in list_version_passages(reader, document, version=version, ids=ids)}
    views = _passage_views(list(found.values()), place)
    return SourceView(
        document=facts,
        leaves=_named_once([_leaf_view(version.unit, [found[one["id"]] for one in leaf if one["id"] in found], views, place) for leaf in shown]),
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
    return get_version(document, passage.version_id)


# --- which leaves


def _leaves_of(places: Sequence[PassagePlace]) -> list[list[PassagePlace]]:
    """Part the passages into pages, and those into leaves that are not too long: a sheet has no end, a text no pages."""
    leaves: list[list[PassagePlace]] = []
    for place in places:
        if not leaves or leaves[-1][0]["page"] != place["page"] or len(leaves[-1]) == PASSAGES_A_LEAF:
            leaves.append([])
        leaves[-1].append(place)
    return leaves


def _first_leaf(leaves: Sequence[Sequence[PassagePlace]], place: Place) -> int:
    last_start = max(0, len(leaves) - LEAVES_AT_ONCE)
    if place.leaf is not None:
        return max(0, min(place.leaf, len(leaves)) - 1)
    if place.page is not None:
        return _leaf_of_page(leaves, place.page)
    for number, leaf in enumerate(leaves):
        if any(one["id"] == place.passage for one in leaf):
            return min(max(0, number - _LEAVES_BEFORE), last_start)
    return 0


def _leaf_of_page(leaves: Sequence[Sequence[PassagePlace]], page: int) -> int:
    for number, leaf in enumerate(leaves):
        if (leaf[0]["page"] or number + 1) >= page:
            return number
    return max(0, len(leaves) - 1)


def _pager(reader: Reader, document: Document, version: DocumentVersion, leaves: Sequence[Sequence[PassagePlace]], first: int) -> Pager:
    def link(index: int) -> str:
        page = leaves[index][0]["page"]
        is_inside = page is not None and index > 0 and leaves[index - 1][0]["page"] == page
        query = {"leaf": str(index + 1)} if is_inside else {"page": str(page or index + 1)}
        if version.id != document.current_version_id:
            query["version"] = str(version.id)
        return f"{reverse('documents:document', args=[reader.workspace.slug, document.id])}?{urlencode(query)}"

    after = first + LEAVES_AT_ONCE
    return Pager(
        earlier_url=link(max(0, first - LEAVES_AT_ONCE)) if first else "",
        later_url=link(after) if after < len(leaves) else "",
        word=_TURNED.get(Unit(version.unit), "pages"),
    )


# --- what is on them


def _passage_views(passages: Sequence[Passage], place: Place) -> dict[int, PassageView]:
    """Show each text once: what a passage says again of the one before is left out, but for a cited one, which is shown whole."""
    heads: dict[int, int] = {}
    tails: dict[int, int] = {}
    for before, passage in pairwise(passages):
        if overlap := _overlap(before, passage):
            is_cited = passage.id == place.passage
            (tails if is_cited else heads)[before.id if is_cited else passage.id] = overlap
    views = {}
    for passage in passages:
        shown = Shown(passage.text, heads.get(passage.id, 0), len(passage.text) - tails.get(passage.id, 0), place.mark(passage))
        blocks = passage.blocks or [{"kind": "paragraph", "level": 0, "start": 0, "end": len(passage.text)}]
        views[passage.id] = PassageView(passage.id, f"p{passage.id}", passage.id == place.passage, make_pieces(shown, blocks))
    return views


def _overlap(before: Passage, passage: Passage) -> int:
    """Return how many characters at the head of a passage the one before shows as well."""
    length = before.end - passage.start
    is_inside = before.page == passage.page and before.start < passage.start < before.end
    return length if is_inside and before.text.endswith(passage.text[:length]) else 0


def _leaf_view(unit: str, passages: Sequence[Passage], views: Mapping[int, PassageView], place: Place) -> LeafView:
    shown: list[PassageView] = []
    before: Passage | None = None
    for passage in passages:
        view = views[passage.id]
        if shown and before is not None and _may_go_on(before, passage) and _join(shown[-1], view, place.mark(passage)):
            view = replace(view, anchor="", pieces=view.pieces[1:])
        if view.pieces:
            shown.append(view)
        before = passage
    page, label = (passages[0].page, passages[0].label) if passages else (None, "")
    name = capfirst(name_place(unit, page, label, _rows(passages)))
    is_numbered = unit in (Unit.NONE, Unit.PAGE, Unit.SLIDE) and page is not None
    number = (name if unit == Unit.SLIDE else str(page)) if is_numbered else ""
    # A chapter whose text begins with its title needs none above it.
    is_said = unit == Unit.CHAPTER and bool(shown) and shown[0].pieces[0].says(label)
    return LeafView(name, is_numbered, number, "" if is_numbered or is_said else name, page, shown)


def _named_once(leaves: Sequence[LeafView]) -> list[LeafView]:
    """A page or chapter that is longer than a leaf is named where it begins."""
    named = []
    for before, leaf in zip([None, *leaves], leaves, strict=False):
        goes_on = before is not None and leaf.page is not None and (before.page, before.name) == (leaf.page, leaf.name)
        named.append(replace(leaf, number="", title="") if goes_on else leaf)
    return named


def _may_go_on(before: Passage, passage: Passage) -> bool:
    """Whether a table of one passage can go on in the next: in the same block, or by the numbers of its rows.

    A table with the same header may stand below another, and begins to count anew.
    """
    if passage.start - before.end < len(BLOCK_GAP):
        return True
    return before.last_row is None or passage.first_row is None or before.last_row < passage.first_row


def _join(before: PassageView, view: PassageView, mark: Span) -> bool:
    first = view.pieces[0] if view.pieces else None
    if first is None or first.table is None or not before.pieces:
        return False
    is_head_marked = mark[0] < min(mark[1], len(first.table.head_text))
    return not is_head_marked and join_table(before.pieces[-1], first, view.anchor, is_cited=view.is_cited)


def _rows(passages: Sequence[Passage]) -> tuple[int, int] | None:
    firsts = [passage.first_row for passage in passages if passage.first_row is not None]
    lasts = [passage.last_row for passage in passages if passage.last_row is not None]
    return (min(firsts), max(lasts)) if firsts and lasts else None
