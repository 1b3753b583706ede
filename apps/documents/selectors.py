"""Questions about the library, each answered as somebody: what a reader may not see is not there."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Count, Max

from apps.accounts.types import Reader
from apps.common.errors import NotFound
from apps.documents.models import Document, DocumentState, DocumentVersion, IngestJob, Passage


class LibrarySummary(TypedDict):
    document_count: int
    updated_at: datetime | None


class PassagePlace(TypedDict):
    """Enough of a passage to know on which leaf it stands."""

    id: int
    page: int | None


def list_documents(reader: Reader) -> Sequence[Document]:
    """Return the visible documents, newest first, with owner, collection and latest job loaded."""
    documents = Document.objects.visible_to(reader).select_related("owner", "collection")
    return list(documents.with_latest_job())


def get_document(reader: Reader, document_id: UUID | str) -> Document:
    """Return one visible document; absent, foreign and hidden raise the same NotFound."""
    documents = Document.objects.visible_to(reader).select_related("owner", "collection", "current_version")
    try:
        document = documents.with_latest_job().filter(pk=document_id).first()
    except (ValidationError, ValueError):
        raise NotFound from None
    if document is None:
        raise NotFound
    return document


def get_latest_job(document: Document) -> IngestJob | None:
    """Return the newest job of a document that one of the selectors above loaded."""
    # Any: the prefetch puts the attribute there.
    loaded: Any = document
    jobs: list[IngestJob] = loaded.latest_jobs
    return jobs[0] if jobs else None


def get_passages(reader: Reader, ids: Iterable[int]) -> dict[int, Passage]:
    """Return the visible ones among the passages, by id, with version and document loaded."""
    passages = Passage.objects.visible_to(reader).select_related("version__document")
    return {passage.id: passage for passage in passages.defer("search").filter(pk__in=list(ids))}


def get_library_summary(reader: Reader) -> LibrarySummary:
    """Count the documents that can be asked about, and say when the last of them changed."""
    ready = Document.objects.visible_to(reader).filter(state=DocumentState.READY)
    found = ready.aggregate(document_count=Count("id"), updated_at=Max("updated_at"))
    return {"document_count": found["document_count"], "updated_at": found["updated_at"]}


def get_version(document: Document, version_id: UUID | str | None) -> DocumentVersion | None:
    """Return that version of a visible document, or without an id the current one, if there is one."""
    if version_id is None:
        return document.current_version
    try:
        version = document.versions.filter(pk=version_id).first()
    except (ValidationError, ValueError):
        raise NotFound from None
    if version is None:
        raise NotFound
    return version


def list_places(reader: Reader, version: DocumentVersion) -> list[PassagePlace]:
    """Return id and page of every passage of a version, in order, without their texts."""
    passages = Passage.objects.visible_to(reader).filter(version=version).order_by("ordinal")
    return [{"id": pk, "page": page} for pk, page in passages.values_list("id", "page")]


def list_version_passages(reader: Reader, document: Document, *, version: DocumentVersion | None = None, ids: Iterable[int] | None = None) -> list[Passage]:
    """Return passages of a visible document in order: of its current version unless another is named."""
    passages = Passage.objects.visible_to(reader).filter(version__document=document)
    passages = passages.filter(version=version or document.current_version_id).defer("search", "boxes")
    if ids is not None:
        passages = passages.filter(pk__in=list(ids))
    return list(passages.order_by("ordinal"))
