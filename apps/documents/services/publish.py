"""Make versions the ones that answer: search, pages and citations see their passages from then on, all of them at once."""

from collections.abc import Sequence

from django.db import connection
from django.utils import timezone

from apps.documents.models import Document, DocumentVersion
from apps.documents.services.searchable import remove_from_search

# What a document tells of the version that answers.
_SWAP = """
    UPDATE documents_document AS document
    SET current_version_id = version.id, state = 'ready', error_code = '', error_detail = '', updated_at = %s, title = version.title, kind = version.kind,
        sha256 = version.sha256, byte_size = version.byte_size, original = version.original, source_name = version.source_name,
        page_count = version.page_count, note = version.note
    FROM documents_documentversion AS version WHERE version.id = ANY(%s) AND document.id = version.document_id
"""


def publish_versions(pairs: Sequence[tuple[Document, DocumentVersion]]) -> list[DocumentVersion]:
    """Swap each document's version in, inside the caller's transaction, which locked the documents; return those that were.

    One that was published before stays as it is.
    """
    fresh = [version for _document, version in pairs if version.published_at is None]
    superseded = [document.current_version_id for document, version in pairs if version in fresh and document.current_version_id]
    # Embedded anew while the next one was published: it is found no more.
    late = [version.pk for document, version in pairs if version not in fresh and version.pk != document.current_version_id]
    now = timezone.now()
    if fresh:
        ids = [version.pk for version in fresh]
        DocumentVersion.objects.filter(pk__in=ids).update(published_at=now)
        with connection.cursor() as cursor:
            cursor.execute(_SWAP, [now, ids])
    if superseded or late:
        # They may still be quoted.
        remove_from_search([*superseded, *late])
    return fresh
