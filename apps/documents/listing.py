"""What the library's list shows: which documents, narrowed to what, and how many there are in each state.

A document is counted as being read while a first or a new version of it is; one whose new version failed needs attention,
though the old one goes on answering.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.enums import TextChoices

from apps.accounts.types import Reader
from apps.common.errors import NotFound
from apps.documents.kinds import KIND_LABELS
from apps.documents.models import UNFINISHED, Collection, Document, DocumentState, IngestJob, JobState
from apps.documents.querysets import DocumentQuerySet
from apps.documents.selectors import select_documents

SEARCH_CHARS_MAX = 200


class Show(TextChoices):
    """The states by which people look for documents."""

    READING = "reading", "Being read"
    READY = "ready", "Ready"
    ATTENTION = "attention", "Needs attention"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to; what is empty narrows nothing."""

    collection: Collection | None = None
    show: str = ""
    # A document's own state, as the API names it.
    state: str = ""
    kind: str = ""
    words: str = ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.show or self.kind or self.words)


@dataclass(slots=True)
class Counts:
    """How many documents there are of what is wanted: in each state, "" being all of them, and of each kind in the state wanted."""

    states: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)


def clean_words(written: str) -> str:
    """Return what was written into the search field as the database takes it: in one line, without what cannot be printed."""
    return "".join(letter if letter.isprintable() else " " for letter in written[:SEARCH_CHARS_MAX]).strip()


def select_wanted(reader: Reader, wanted: Wanted) -> DocumentQuerySet:
    """Return the visible documents that are wanted, newest first, without what a row shows beside: that is for the page's rows alone."""
    documents = _within(Document.objects.visible_to(reader), wanted)
    if wanted.kind:
        documents = documents.filter(kind=wanted.kind)
    if wanted.state:
        documents = documents.filter(state=wanted.state)
    return documents.filter(_is_shown(wanted.show)) if wanted.show else documents


def select_rows(reader: Reader, ids: Sequence[UUID]) -> QuerySet[Document]:
    """Return those of the documents that the reader sees, loaded like the list."""
    return select_documents(reader).filter(pk__in=ids)


def select_for_api(reader: Reader) -> QuerySet[Document]:
    """Return the visible documents with all that the API tells: a row's, the version's number, and whether what they are attached to is seen."""
    parent = Document.objects.visible_to(reader).filter(pk=OuterRef("parent"))
    return select_documents(reader).select_related("current_version").annotate(shows_parent=Exists(parent))


def get_for_api(reader: Reader, document_id: UUID | str) -> Document:
    """Return one visible document with all that the API tells; absent, foreign and hidden raise the same NotFound."""
    found = select_for_api(reader).filter(pk=document_id).first()
    if found is None:
        raise NotFound
    return found


def get_own_for_api(reader: Reader, document_id: UUID | str) -> Document:
    """Return a document to who added it, as it was told them then: a key that may add but not read asks again what became of it."""
    if reader.can("document.view"):
        return get_for_api(reader, document_id)
    own = Document.objects.filter(pk=document_id, owner=reader.user, collection__workspace=reader.workspace)
    found = own.select_related("owner", "collection", "current_version").with_latest_job().annotate(shows_collection=Value(True)).first()
    if found is None:
        raise NotFound
    return found


def count_wanted(reader: Reader, wanted: Wanted) -> Counts:
    """Count in one query. States are counted among the wanted kind, kinds in the wanted state, so that each number is what its choice shows."""
    numbers = {show.value: Count("pk", filter=_is_shown(show.value)) for show in Show}
    documents = _within(Document.objects.visible_to(reader), wanted).order_by()
    counts = Counts({"": 0, **{show.value: 0 for show in Show}})
    # Any: the columns are named above.
    found: Any = documents.values("kind").annotate(all=Count("pk"), **numbers)
    for row in found:
        in_states = {"": row["all"], **{show.value: row[show.value] for show in Show}}
        counts.kinds[row["kind"]] = in_states[wanted.show]
        if wanted.kind in ("", row["kind"]):
            counts.states = {state: count + in_states[state] for state, count in counts.states.items()}
    return counts


def known_kind(written: str) -> str:
    return written if written in KIND_LABELS else ""


def known_show(written: str) -> str:
    return written if written in Show.values else ""


def _within(documents: DocumentQuerySet, wanted: Wanted) -> DocumentQuerySet:
    if wanted.collection is not None:
        documents = documents.filter(collection=wanted.collection)
    if wanted.words:
        documents = documents.filter(Q(title__icontains=wanted.words) | Q(source_name__icontains=wanted.words))
    return documents


def _is_shown(show: str) -> Q:
    if show == Show.READY:
        return Q(state=DocumentState.READY)
    if show == Show.READING:
        return Q(state=DocumentState.PROCESSING) | Q(pk__in=IngestJob.objects.filter(state__in=UNFINISHED).values("document"))
    return Q(state=DocumentState.FAILED) | Q(state=DocumentState.READY, pk__in=_failed_last())


# Any: of each row the document alone.
def _failed_last() -> QuerySet[IngestJob, Any]:
    """The documents whose newest job failed. Few jobs fail, so only those are looked behind."""
    later = IngestJob.objects.filter(document=OuterRef("document"), created_at__gt=OuterRef("created_at"))
    return IngestJob.objects.filter(~Exists(later), state=JobState.FAILED).values("document")
