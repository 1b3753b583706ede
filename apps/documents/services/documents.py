"""What a reader may do with a document that is there: have it read again, or delete it."""

import logging

from django.db import IntegrityError, transaction

from apps.accounts.services.audit import record
from apps.accounts.types import Reader
from apps.common.errors import Conflict
from apps.documents.models import Document, DocumentState, PassageEmbedding
from apps.documents.services.bell import ring_library
from apps.documents.services.originals import remove_original
from apps.documents.services.sharing import locked_document
from apps.documents.services.uploads import queue_job

logger = logging.getLogger(__name__)


def retry_document(reader: Reader, document: Document) -> Document:
    """Have a document that failed read again, from its first attempt."""
    with locked_document(reader, document) as locked:
        if locked.state != DocumentState.FAILED:
            raise Conflict("Only a document that failed can be tried again.")
        locked.state, locked.error_code, locked.error_detail = DocumentState.PROCESSING, "", ""
        locked.save(update_fields=["state", "error_code", "error_detail"])
        try:
            with transaction.atomic():
                queue_job(locked)
        except IntegrityError as error:
            raise Conflict("This document is being read already.") from error
        record("document.retried", reader=reader, target=locked)
    return locked


def delete_document(reader: Reader, document: Document) -> None:
    """Remove a document that is the reader's to remove."""
    with locked_document(reader, document) as locked:
        record("document.deleted", reader=reader, target=locked)
        purge_document(locked)


def purge_document(document: Document) -> None:
    """Remove a document with its passages, vectors, jobs and file.

    Rows go in one transaction, the vectors first and without loading them; of passages the cascade
    loads ids only. The file goes once that is committed. A worker that still reads it finds its
    job gone and stops.
    """
    document_id, workspace_id = document.id, document.collection.workspace_id
    with transaction.atomic():
        locked = Document.objects.select_for_update().filter(pk=document_id)
        place = locked.values_list("original", flat=True).first()
        PassageEmbedding.objects.filter(passage__version__document=document_id).delete()
        Document.objects.filter(pk=document_id).delete()
        transaction.on_commit(lambda: remove_original(place or ""))
        transaction.on_commit(lambda: ring_library(workspace_id, document_id))
    logger.info("document.deleted", extra={"document_id": str(document_id)})
