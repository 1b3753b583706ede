"""How reading ends without a version: the one way for a file that is refused, a crash too many, a model that refuses, and Cancel."""

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from apps.documents.models import Document, DocumentState, DocumentVersion, JobState, Passage
from apps.documents.querysets import IngestJobQuerySet
from apps.documents.services.originals import release_originals
from apps.documents.services.searchable import remove_from_search

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
    """Remove the passages of versions that do not answer yet, the vectors first and without loading them, and what came with them.

    Reading them again brings it again.
    """
    let_go_of_attached(document_id)
    unpublished = DocumentVersion.objects.filter(document=document_id, published_at=None).values("pk")
    remove_from_search(unpublished)
    Passage.objects.filter(version__in=unpublished).delete()


def let_go_of_attached(document_id: UUID) -> None:
    """Remove the files that came with versions that do not answer yet, once the caller's transaction is committed."""
    waiting = DocumentVersion.objects.filter(document=document_id, published_at=None).exclude(attached=None)
    release_originals(places_held(waiting))
    waiting.update(attached=None)


def places_held(versions: Iterable[DocumentVersion]) -> list[str]:
    """Return where the files lie that came with versions that are not published."""
    return [one["place"] for version in versions for one in version.attached or () if one["place"]]
