"""One line of the library as it is shown: plain values, so that a row renders anywhere."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from apps.accounts.types import Reader
from apps.documents.models import Document, DocumentState, IngestJob, JobState, JobStep
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
    updated_at: datetime
    # Why it failed; of a ready document, what could not be read of it.
    error_detail: str
    url: str
    row_url: str
    retry_url: str
    delete_url: str
    is_busy: bool
    can_manage: bool


def make_row(reader: Reader, document: Document) -> RowView:
    """Show a document that a selector loaded with its owner and latest job."""
    job = get_latest_job(document)
    is_busy = document.state == DocumentState.PROCESSING
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
        updated_at=document.updated_at,
        error_detail=document.error_detail or document.note,
        is_busy=is_busy,
        can_manage=reader.can("document.manage", document),
        **_urls(reader, document),
    )


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
