"""One line of the library as it is shown: plain values, so that a row renders anywhere."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse

from apps.accounts.types import Reader
from apps.documents.models import Access, Document, DocumentState, IngestJob, JobState, JobStep
from apps.documents.rights import READING
from apps.documents.selectors import get_latest_job

_STATE_WORDS = {
    DocumentState.PROCESSING: "Processing",
    DocumentState.READY: "Ready",
    DocumentState.FAILED: "Failed",
}


@dataclass(frozen=True, slots=True)
class RowView:
    id: UUID
    title: str
    kind: str
    state: str
    state_word: str
    step_word: str
    percent: int
    pages: int | None
    owner: str
    # A word where not everyone in the workspace sees the document, and who does.
    access_word: str
    access_help: str
    updated_at: datetime
    # Why it failed; of a ready document, what could not be read of it.
    error_detail: str
    url: str
    row_url: str
    retry_url: str
    delete_url: str
    # Empty for who may neither manage the document nor see people.
    access_url: str
    is_busy: bool
    can_manage: bool


def make_row(reader: Reader, document: Document) -> RowView:
    """Show a document that a selector loaded with its owner and latest job."""
    job = get_latest_job(document)
    is_busy = document.state == DocumentState.PROCESSING
    can_manage = reader.can("document.manage", document)
    return RowView(
        id=document.id,
        title=document.title,
        kind=document.kind,
        state=document.state,
        state_word=_STATE_WORDS[DocumentState(document.state)],
        step_word=step_word(job) if is_busy else "",
        percent=job.percent if job and is_busy else 0,
        pages=document.page_count,
        owner=document.owner.name or document.owner.email if document.owner else "",
        access_word=_access_word(document),
        access_help=_access_help(reader, document),
        updated_at=document.updated_at,
        error_detail=document.error_detail or document.note,
        is_busy=is_busy,
        can_manage=can_manage,
        access_url=reverse("documents:access", args=[reader.workspace.slug, document.id]) if can_manage or reader.can("people.view") else "",
        **_urls(reader, document),
    )


def _access_word(document: Document) -> str:
    if document.access == Access.RESTRICTED:
        return "Restricted"
    return "Internal" if document.access == Access.INTERNAL and document.collection.everyone not in READING else ""


def _access_help(reader: Reader, document: Document) -> str:
    # Any: `with_row_facts` puts the attributes there.
    loaded: Any = document
    if document.access == Access.INTERNAL:
        return f"The readers of {document.collection.name if loaded.shows_collection else 'its collection'} see it"
    count: int = loaded.named_count
    owner = "you" if document.owner_id == reader.user.pk else "who added it"
    named = f" and {count} named {'person or group' if count == 1 else 'people and groups'}" if count else ""
    return f"Only {owner}{named} see{'' if count or owner == 'you' else 's'} it"


def step_word(job: IngestJob | None) -> str:
    """Say in a word or three what is being done."""
    if job is None:
        return ""
    if job.state == JobState.QUEUED:
        return "Waiting to try again" if job.error_code else "Waiting"
    if job.step == JobStep.PARSE and job.pages_total > 1:
        return f"Reading page {job.pages_done} of {job.pages_total}"
    return JobStep(job.step).label


def _urls(reader: Reader, document: Document) -> dict[str, str]:
    names = {"url": "document", "row_url": "row", "retry_url": "retry", "delete_url": "delete"}
    place = [reader.workspace.slug, document.id]
    return {field: reverse(f"documents:{name}", args=place) for field, name in names.items()}
