"""Make a version the one that answers: search, pages and citations see its passages from then on, all of them at once."""

from django.utils import timezone

from apps.documents.models import Document, DocumentState, DocumentVersion, PassageEmbedding

_TOLD = ("title", "kind", "sha256", "byte_size", "original", "source_name", "page_count", "note")


def publish_version(document: Document, version: DocumentVersion) -> bool:
    """Swap the version in, inside the caller's transaction, which locked the document; whether it was. One that was published before stays as it is."""
    if document.current_version_id == version.pk:
        return False
    if version.published_at is not None:
        # Embedded anew while the next one was published: it is found no more.
        PassageEmbedding.objects.filter(passage__version=version).delete()
        return False
    superseded = document.current_version_id
    version.published_at = timezone.now()
    version.save(update_fields=["published_at"])
    document.current_version, document.state = version, DocumentState.READY
    document.error_code = document.error_detail = ""
    for name in _TOLD:
        setattr(document, name, getattr(version, name))
    document.save(update_fields=["current_version", "state", "error_code", "error_detail", *_TOLD, "updated_at"])
    if superseded is not None:
        # It may still be quoted, but it is found no more.
        PassageEmbedding.objects.filter(passage__version=superseded).delete()
    return True
