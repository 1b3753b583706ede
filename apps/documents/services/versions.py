"""A document's versions: the first file, and each changed one after it."""

from dataclasses import dataclass

from django.db.models import Max, Q
from django.utils import timezone

from apps.documents.models import Document, DocumentState, DocumentVersion, IngestJob, JobState
from apps.documents.services.endings import let_go_of_attached
from apps.documents.services.originals import hold_original, release_originals
from apps.documents.services.queueing import queue_job
from apps.documents.types import Kind


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of a file before it is read. `path` is where it lay in the folder that was added, its name included."""

    name: str
    path: str
    kind: Kind
    sha256: str
    size: int


def add_version(document: Document, facts: FileFacts, place: str, *, is_held: bool = False) -> IngestJob:
    """Give a document its next file and put it in line, inside the caller's transaction, which locked the document.

    A file that is still waiting to be read, or could not be, makes room for this one. What answers now goes on answering.
    With `is_held` another row held the file until now.
    """
    drop_unread(document)
    if not is_held:
        hold_original(place)
    last = document.versions.aggregate(last=Max("number"))["last"] or 0
    version = DocumentVersion.objects.create(
        document=document,
        number=last + 1,
        kind=facts.kind,
        sha256=facts.sha256,
        byte_size=facts.size,
        original=place,
        source_name=facts.name,
    )
    if document.current_version_id is None:
        _show_first(document, facts, place)
    return queue_job(document, version)


def drop_unread(document: Document) -> None:
    """End what is being read of a document, and let go of the files that never became passages."""
    unfinished = IngestJob.objects.filter(document=document).unfinished()
    unfinished.update(state=JobState.CANCELLED, lease_until=None, finished_at=timezone.now())
    let_go_of_attached(document.pk)
    unread = document.versions.filter(published_at=None).filter(~Q(pk=document.current_version_id))
    release_originals(version.original.name or "" for version in unread)
    unread.delete()


def _show_first(document: Document, facts: FileFacts, place: str) -> None:
    document.kind, document.sha256, document.byte_size = facts.kind, facts.sha256, facts.size
    document.source_name = facts.name
    document.original.name = place
    document.state, document.error_code, document.error_detail = DocumentState.PROCESSING, "", ""
    document.save(update_fields=["kind", "sha256", "byte_size", "source_name", "original", "state", "error_code", "error_detail", "updated_at"])
