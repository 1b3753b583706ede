"""What the documents API takes and gives."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from apps.accounts.types import Reader
from apps.documents.models import Access, Document, DocumentState
from apps.documents.selectors import get_latest_job


class UploadInput(serializers.Serializer[Any]):
    """A multipart form. Whether the file is one Quire reads is the service's to say."""

    file = serializers.FileField(allow_empty_file=True, max_length=None)
    # Without them: where uploads go by themselves, as open as the collection.
    collection = serializers.UUIDField(required=False)
    access = serializers.ChoiceField(choices=Access.choices, required=False)


# Any: JSON.
def document_output(reader: Reader, document: Document) -> dict[str, Any]:
    """Return a document that a selector loaded as the API shows it."""
    job = get_latest_job(document)
    is_failed = document.state == DocumentState.FAILED
    is_ready = document.state == DocumentState.READY
    # Any: the selector put `shows_collection` there.
    loaded: Any = document
    return {
        "id": str(document.id),
        "title": document.title,
        "collection": str(document.collection_id) if loaded.shows_collection else None,
        "access": document.access,
        "kind": document.kind,
        "state": document.state,
        "step": job.step if job else None,
        "percent": 100 if is_ready or job is None else job.percent,
        "pages": document.page_count,
        "error": {"code": document.error_code, "detail": document.error_detail} if is_failed else None,
        "note": document.note,
        "created_at": document.created_at.isoformat(),
        "updated_at": document.updated_at.isoformat(),
        "url": reverse("documents:document", args=[reader.workspace.slug, document.id]),
    }
