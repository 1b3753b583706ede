"""What the documents API takes and gives."""

from dataclasses import asdict
from typing import Any

from django.urls import reverse
from rest_framework import serializers

from apps.accounts.types import Reader
from apps.common.errors import Malformed
from apps.documents.kinds import KIND_LABELS
from apps.documents.listing import Wanted, clean_words
from apps.documents.models import Access, Document, DocumentState, IngestJob, JobState
from apps.documents.progress import progress_of
from apps.documents.selectors import get_collection, get_latest_job

PATH_CHARS_MAX = 1000


class UploadInput(serializers.Serializer[Any]):
    """A multipart form. Whether the file is one Quire reads is the service's to say."""

    file = serializers.FileField(allow_empty_file=True, max_length=None)
    # Without them: where uploads go by themselves, as open as the collection.
    collection = serializers.UUIDField(required=False)
    access = serializers.ChoiceField(choices=Access.choices, required=False)
    # Where the file lies in a folder, its name included: another file of the same path is its next version.
    path = serializers.CharField(required=False, allow_blank=True, max_length=PATH_CHARS_MAX)
    # As in the form of the library, with commas between; or the field again for each.
    tags = serializers.ListField(child=serializers.CharField(allow_blank=True), required=False)


class ChangeInput(serializers.Serializer[Any]):
    """What may be changed of a document. Whether these are tags is the service's to say."""

    tags = serializers.ListField(child=serializers.CharField(allow_blank=True))


def read_wanted(reader: Reader, asked: Any) -> Wanted:
    """Read the filters of the list. Any: a query's parameters. Raises Malformed for a state or a kind that there is not."""
    state, kind, chosen = (asked.get(name, "") for name in ("state", "kind", "collection"))
    if state and state not in DocumentState.values:
        raise Malformed(f"A state is one of: {', '.join(DocumentState.values)}.")
    if kind and kind not in KIND_LABELS:
        raise Malformed(f"A kind is one of: {', '.join(KIND_LABELS)}.")
    return Wanted(
        collection=get_collection(reader, chosen) if chosen else None,
        state=state,
        kind=kind,
        words=clean_words(asked.get("q", "")),
    )


# Any: JSON.
def document_output(reader: Reader, document: Document) -> dict[str, Any]:
    """Return a document that a selector loaded as the API shows it.

    `progress` is what is being done, of the first version or of a next one. An `error` beside the state ready is that next
    one's: what was read before goes on answering.
    """
    job = get_latest_job(document)
    progress = progress_of(job)
    is_ready = document.state == DocumentState.READY
    # Any: the selectors put `shows_collection` and `shows_parent` there; what was just added is attached to nothing.
    loaded: Any = document
    version = document.current_version
    return {
        "id": str(document.id),
        "title": document.title,
        "collection": str(document.collection_id) if loaded.shows_collection else None,
        "parent": str(document.parent_id) if getattr(loaded, "shows_parent", False) else None,
        "access": document.access,
        "tags": document.tags,
        "kind": document.kind,
        "state": document.state,
        "version": version.number if version else None,
        "step": job.step if job else None,
        "percent": 100 if is_ready or job is None else job.percent,
        "progress": asdict(progress) if progress else None,
        "pages": document.page_count,
        "error": _error(document, job),
        "note": document.note,
        "created_at": document.created_at.isoformat(),
        "updated_at": document.updated_at.isoformat(),
        "url": reverse("documents:document", args=[reader.workspace.slug, document.id]),
    }


def _error(document: Document, job: IngestJob | None) -> dict[str, str] | None:
    if document.state == DocumentState.FAILED:
        return {"code": document.error_code, "detail": document.error_detail}
    if document.state == DocumentState.READY and job is not None and job.state == JobState.FAILED:
        return {"code": job.error_code, "detail": job.error_detail}
    return None
