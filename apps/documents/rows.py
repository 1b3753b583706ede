"""One line of the library as it is shown: plain values, so that a row renders anywhere."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse

from apps.accounts.types import Reader
from apps.documents.kinds import kind_label, part_word
from apps.documents.models import Access, Document, DocumentState, IngestJob, JobState
from apps.documents.progress import Progress, left_words, progress_of, stage_words
from apps.documents.rights import READING
from apps.documents.selectors import get_latest_job

CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class RowView:
    id: UUID
    title: str
    kind_word: str
    # The state's name for the style, and for people.
    state: str
    state_word: str
    percent: int
    left_word: str
    pages: int | None
    pages_word: str
    owner: str
    # A word where not everyone in the workspace sees the document, and who does.
    access_word: str
    access_help: str
    updated_at: datetime
    # Why it failed.
    error_detail: str
    # What its readers should know of it: pages that could not be read.
    note: str
    # What is being done for its next version while the present one answers, and why that failed.
    update_word: str
    update_problem: str
    url: str
    retry_url: str
    cancel_url: str
    delete_url: str
    # Empty for who may neither manage the document nor see people.
    access_url: str
    # Being read, for the first time or again.
    is_busy: bool
    can_manage: bool
    can_retry: bool


def make_row(reader: Reader, document: Document) -> RowView:
    """Show a document that a selector loaded with its owner and latest job."""
    job = get_latest_job(document)
    progress = progress_of(job)
    can_manage = reader.can("document.manage", document)
    part = part_word(document.kind)
    update_problem = _update_problem(document, job)
    return RowView(
        id=document.id,
        title=document.title,
        kind_word=kind_label(document.kind),
        pages=document.page_count,
        pages_word=part if document.page_count == 1 else f"{part}s",
        owner=document.owner.name or document.owner.email if document.owner else "",
        access_word=_access_word(document),
        access_help=_access_help(reader, document),
        updated_at=document.updated_at,
        error_detail=document.error_detail if document.state == DocumentState.FAILED else "",
        note=document.note if document.state == DocumentState.READY else "",
        update_problem=update_problem,
        can_manage=can_manage,
        can_retry=document.state == DocumentState.FAILED or (bool(update_problem) and not _is_embedded_anew(document, job)),
        access_url=reverse("documents:access", args=[reader.workspace.slug, document.id]) if can_manage or reader.can("people.view") else "",
        **_urls(reader, document),
        **_standing(document, job, progress),
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


def _update_problem(document: Document, job: IngestJob | None) -> str:
    if document.state != DocumentState.READY or job is None:
        return ""
    if job.state == JobState.CANCELLED:
        return "" if _is_embedded_anew(document, job) else "Its reading was cancelled."
    return job.error_detail or "It could not be read." if job.state == JobState.FAILED else ""


def _is_embedded_anew(document: Document, job: IngestJob | None) -> bool:
    """Whether a job is about the version that answers, for another model's sake: there is nothing to read again."""
    return job is not None and job.version_id is not None and job.version_id == document.current_version_id


# Any: fields of RowView, each of its own type.
def _standing(document: Document, job: IngestJob | None, progress: Progress | None) -> dict[str, Any]:
    """What is being done, and what it comes to for who looks for the document."""
    doing = stage_words(job, document.kind) if job and progress else ""
    fields: dict[str, Any] = {
        "is_busy": document.state == DocumentState.PROCESSING or progress is not None,
        "percent": progress.percent if progress else 0,
        "left_word": left_words(progress.seconds_left) if progress else "",
        "update_word": "",
    }
    if document.state == DocumentState.PROCESSING:
        return {**fields, "state": "processing", "state_word": doing or "Waiting"}
    if document.state == DocumentState.FAILED:
        is_cancelled = document.error_code == CANCELLED
        return {**fields, "state": "cancelled" if is_cancelled else "failed", "state_word": "Cancelled" if is_cancelled else "Failed"}
    is_new = doing and not _is_embedded_anew(document, job)
    update = f"New version: {doing[:1].lower()}{doing[1:]}" if is_new else doing
    return {**fields, "state": "ready", "state_word": "Ready", "update_word": update}


# Any: the same.
def _urls(reader: Reader, document: Document) -> dict[str, Any]:
    names = {"url": "document", "retry_url": "retry", "cancel_url": "cancel", "delete_url": "delete"}
    place = [reader.workspace.slug, document.id]
    return {field: reverse(f"documents:{name}", args=place) for field, name in names.items()}
