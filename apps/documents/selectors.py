"""Questions about the library, each answered as somebody: what a reader may not see is not there."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypedDict, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Count, IntegerField, Max, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.files import FieldFile
from django.db.models.functions import Coalesce
from django.utils.dateparse import parse_datetime

from apps.accounts.cache import cached_for, stamp_of
from apps.accounts.models import Group, Membership, User
from apps.accounts.types import Reader
from apps.common.errors import NotAllowed, NotFound
from apps.documents.constants import DEFAULT_SLUG
from apps.documents.models import (
    Collection,
    CollectionGrant,
    Document,
    DocumentGrant,
    DocumentState,
    DocumentVersion,
    IngestJob,
    Level,
    Passage,
)

SUMMARY_SECONDS = 5


class LibrarySummary(TypedDict):
    document_count: int
    updated_at: datetime | None


class PassagePlace(TypedDict):
    """Enough of a passage to know on which leaf it stands."""

    id: int
    page: int | None


def list_documents(reader: Reader, collection: Collection | None = None) -> Sequence[Document]:
    """Return the visible documents, or those of one visible collection, newest first, with all that a row shows loaded."""
    documents = select_documents(reader)
    return list(documents if collection is None else documents.filter(collection=collection))


def select_documents(reader: Reader) -> QuerySet[Document]:
    """The same as a queryset, for who shows a page of it at a time."""
    documents = Document.objects.visible_to(reader).select_related("owner", "collection")
    return documents.with_latest_job().with_row_facts(reader)


def get_document(reader: Reader, document_id: UUID | str) -> Document:
    """Return one visible document; absent, foreign and hidden raise the same NotFound."""
    documents = Document.objects.visible_to(reader).select_related("owner", "collection", "current_version")
    try:
        document = documents.with_latest_job().with_row_facts(reader).filter(pk=document_id).first()
    except (ValidationError, ValueError):
        raise NotFound from None
    if document is None:
        raise NotFound
    return document


def still_sees(reader: Reader, document: Document) -> bool:
    return Document.objects.visible_to(reader).filter(pk=document.pk).exists()


def get_latest_job(document: Document) -> IngestJob | None:
    """Return the newest job of a document that one of the selectors above loaded."""
    # Any: the prefetch puts the attribute there.
    loaded: Any = document
    jobs: list[IngestJob] = loaded.latest_jobs
    return jobs[0] if jobs else None


def get_passages(reader: Reader, ids: Iterable[int]) -> dict[int, Passage]:
    """Return the visible ones among the passages, by id, with version and document loaded."""
    passages = Passage.objects.visible_to(reader).select_related("version__document")
    return {passage.id: passage for passage in passages.filter(pk__in=list(ids))}


def get_library_summary(reader: Reader) -> LibrarySummary:
    """Count the documents that can be asked about, and say when the last of them changed.

    As it stood at most a few seconds ago; what the library's bell rang for, and a change of rights, counts at once.
    """
    name = f"library-summary.{stamp_of(f'library.{reader.workspace.pk}')}"
    kept = cached_for(reader, name, lambda: _count_library(reader), seconds=SUMMARY_SECONDS)
    return {"document_count": kept["document_count"], "updated_at": parse_datetime(kept["updated_at"])}


def _count_library(reader: Reader) -> dict[str, Any]:
    ready = Document.objects.visible_to(reader).filter(state=DocumentState.READY)
    found = ready.aggregate(document_count=Count("id"), updated_at=Max("updated_at"))
    return {"document_count": found["document_count"], "updated_at": found["updated_at"].isoformat() if found["updated_at"] else ""}


def get_version(document: Document, version_id: UUID | str | None) -> DocumentVersion | None:
    """Return that version of a visible document, or without an id the current one, if there is one.

    One that is not published yet is not there: its passages may not be whole.
    """
    if version_id is None:
        return document.current_version
    try:
        version = _published(document).filter(pk=version_id).first()
    except (ValidationError, ValueError):
        raise NotFound from None
    if version is None:
        raise NotFound
    return version


def get_version_place(document: Document, version: DocumentVersion) -> tuple[int, int]:
    """Return the how manieth of a document's published versions one is, and how many there are."""
    numbers = sorted({version.number, *_published(document).values_list("number", flat=True)})
    return numbers.index(version.number) + 1, len(numbers)


def get_original(document: Document, version_id: UUID | str | None) -> tuple[FieldFile, str]:
    """Return the stored file of a version of a visible document, or without an id of the current one, and the name that it came with.

    A document that was never read has its file all the same. Raises NotFound for a version whose file is not kept.
    """
    version = get_version(document, version_id)
    if version is not None and version.original:
        return version.original, version.source_name
    if version_id is not None and version is not None and version.pk != document.current_version_id:
        raise NotFound("The file of this version is no longer kept.")
    return document.original, document.source_name


def _published(document: Document) -> QuerySet[DocumentVersion]:
    return document.versions.filter(Q(published_at__isnull=False) | Q(pk=document.current_version_id))


def get_parent(reader: Reader, document: Document) -> Document | None:
    """Return the message that a document was attached to, if the reader sees it."""
    if document.parent_id is None:
        return None
    return Document.objects.visible_to(reader).filter(pk=document.parent_id).first()


def list_attachments(reader: Reader, document: Document) -> list[Document]:
    """Return what was attached to a message, as far as the reader sees it, in the order in which it stood there."""
    return list(Document.objects.visible_to(reader).filter(parent=document).order_by("created_at", "title", "pk"))


def list_places(reader: Reader, version: DocumentVersion) -> list[PassagePlace]:
    """Return id and page of every passage of a version, in order, without their texts."""
    passages = Passage.objects.visible_to(reader).filter(version=version).order_by("ordinal")
    return [{"id": pk, "page": page} for pk, page in passages.values_list("id", "page")]


def list_version_passages(reader: Reader, document: Document, *, version: DocumentVersion | None = None, ids: Iterable[int] | None = None) -> list[Passage]:
    """Return passages of a visible document in order: of its current version unless another is named."""
    passages = Passage.objects.visible_to(reader).filter(version__document=document)
    passages = passages.filter(version=version or document.current_version_id).defer("boxes")
    if ids is not None:
        passages = passages.filter(pk__in=list(ids))
    return list(passages.order_by("ordinal"))


# --- collections


def list_collections(reader: Reader) -> list[Collection]:
    """Return the visible collections by name; `document_count` counts the documents in them that the reader sees."""
    seen = Document.objects.visible_to(reader).filter(collection=OuterRef("pk")).order_by()
    count = Subquery(seen.values("collection").annotate(count=Count("pk")).values("count"), output_field=IntegerField())
    return list(Collection.objects.visible_to(reader).annotate(document_count=Coalesce(count, 0)))


def list_collections_to_add(reader: Reader) -> list[Collection]:
    return list(Collection.objects.all().writable_by(reader))


def has_general_collection(reader: Reader) -> bool:
    """Whether the collection that everybody adds to is there: the first document that names no other one makes it."""
    return Collection.objects.filter(workspace=reader.workspace, slug=DEFAULT_SLUG).exists()


def get_collection(reader: Reader, collection_id: UUID | str) -> Collection:
    """Return one visible collection; absent, foreign and hidden raise the same NotFound."""
    return _one(Collection.objects.visible_to(reader), collection_id)


def list_readable_collections(reader: Reader) -> list[Collection]:
    """Return the collections whose internal documents the reader sees, by name; managing one is not reading it."""
    return list(Collection.objects.all().readable_by(reader)) if reader.can("document.view") else []


def get_readable_collection(reader: Reader, collection_id: UUID | str) -> Collection:
    """Return one of `list_readable_collections`; absent, foreign and closed raise the same NotFound."""
    return _one(Collection.objects.all().readable_by(reader) if reader.can("document.view") else Collection.objects.none(), collection_id)


def is_visible(reader: Reader, collection: Collection) -> bool:
    """Whether the reader sees its name."""
    return Collection.objects.visible_to(reader).filter(pk=collection.pk).exists()


def is_readable(reader: Reader, collection: Collection) -> bool:
    """Whether the reader sees the internal documents of it; managing it is not reading it."""
    return reader.can("document.view") and Collection.objects.all().readable_by(reader).filter(pk=collection.pk).exists()


def get_collection_to_add(reader: Reader, collection_id: UUID | str) -> Collection:
    """Return a collection that the reader may add to; raise NotAllowed for one that they only see."""
    try:
        return _one(Collection.objects.all().writable_by(reader), collection_id)
    except NotFound:
        get_collection(reader, collection_id)
        raise NotAllowed("document.add", "You may read this collection, but not add to it.") from None


def list_managed(reader: Reader) -> frozenset[UUID]:
    """Return the ids of the collections of which the reader says who may do what."""
    return frozenset(Collection.objects.all().managed_by(reader).values_list("pk", flat=True))


# --- who is named


def list_collection_grants(reader: Reader, collection: Collection) -> list[CollectionGrant]:
    """Return the grants of a collection with the people and groups in them, groups first; none for who may not see people."""
    grants = CollectionGrant.objects.all().visible_to(reader).filter(collection=collection).select_related("member__user", "group")
    return list(grants.order_by("group__name", "member__user__name", "member__user__email"))


def list_document_grants(reader: Reader, document: Document) -> list[DocumentGrant]:
    """Return whom a visible document names, groups first; none for who may not see people."""
    grants = DocumentGrant.objects.all().visible_to(reader).filter(document=document).select_related("member__user", "group")
    return list(grants.order_by("group__name", "member__user__name", "member__user__email"))


def get_grant_level(reader: Reader, collection: Collection, *, member: Membership | None = None, group: Group | None = None) -> str:
    """Return what one member or group is granted in a collection: the level none where nothing is."""
    grants = CollectionGrant.objects.all().visible_to(reader).filter(collection=collection, member=member, group=group)
    return grants.values_list("level", flat=True).first() or Level.NONE


def is_here(reader: Reader, user: User) -> bool:
    """Whether a person is of the reader's workspace at this moment: who left it sees nothing that they added."""
    return Membership.objects.filter(workspace=reader.workspace, user=user, user__is_active=True).exists()


def list_members(reader: Reader) -> list[Membership]:
    return list(Membership.objects.visible_to(reader).select_related("user").order_by("user__name", "user__email"))


def list_groups(reader: Reader) -> list[Group]:
    return list(Group.objects.visible_to(reader))


def get_member(reader: Reader, member_id: int | str) -> Membership:
    return _one(Membership.objects.visible_to(reader).select_related("user"), member_id)


def get_group(reader: Reader, group_id: UUID | str) -> Group:
    return _one(Group.objects.visible_to(reader), group_id)


M = TypeVar("M", bound=Model)


def _one(rows: "QuerySet[M]", row_id: object) -> M:
    """Return the row; what is no id at all is as absent as one that is not there."""
    try:
        row = rows.filter(pk=row_id).first()
    except (ValidationError, ValueError, OverflowError):
        raise NotFound from None
    if row is None:
        raise NotFound
    return row
