"""How reading ends without a version: the one way for a file that is refused, a crash too many, a model that refuses, and Cancel."""

from uuid import UUID

from django.utils import timezone

from apps.documents.models import Document, DocumentState, JobState, Passage, PassageEmbedding
from apps.documents.querysets import IngestJobQuerySet

_DETAIL_CHARS = 500


def end_reading(document_id: UUID, jobs: IngestJobQuerySet, code: str, detail: str, state: JobState = JobState.FAILED) -> bool:
    """End the job of a document and tell why; False where `jobs` finds none. Inside the caller's transaction, which locked the document.

    What was not published is forgotten. A version that answers goes on answering, and only the job tells; else the document does.
    """
    reason = {"error_code": code, "error_detail": detail[:_DETAIL_CHARS]}
    if not jobs.filter(document=document_id).update(state=state, lease_until=None, finished_at=timezone.now(), **reason):
        return False
    forget_unpublished(document_id)
    unread = Document.objects.filter(pk=document_id, current_version=None)
    unread.update(state=DocumentState.FAILED, updated_at=timezone.now(), **reason)
    return True


def forget_unpublished(document_id: UUID) -> None:
    """Remove the passages of versions that do not answer yet, the vectors first and without loading them."""
    unpublished = {"version__document": document_id, "version__published_at": None}
    PassageEmbedding.objects.filter(passage__in=Passage.objects.filter(**unpublished).values("pk")).delete()
    Passage.objects.filter(**unpublished).delete()
