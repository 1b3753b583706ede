"""What a reader may do with a document that is there: have it read again, or delete it."""

import logging

from django.db import IntegrityError, transaction

from apps.accounts.types import Reader
from apps.common.errors import Conflict
from apps.documents.models import Document, DocumentState, PassageEmbedding
from apps.documents.services.bell import ring_library
from apps.documents.services.originals import remove_original
from apps.documents.services.uploads import queue_job

logger = logging.getLogger(__name__)


def retry_document(reader: Reader, document: Document) -> Document:
    """Have a document that failed read again, from its first attempt."""
    reader.require("document.manage", document)
    with transaction.atomic():
        changed = Document.objects.filter(pk=document.pk, state=DocumentState.FAILED).update(state=DocumentState.PROCESSING, error_code="", error_detail="")
        if not changed:
            raise Conflict("Only a document that failed can be tried again.")
        try:
            with transaction.atomic():
                queue_job(document)
        except IntegrityError as error:
            raise Conflict("This document is being read already.") from error
    document.refresh_from_db()
    return document


def delete_document(reader: Reader, document: Document) -> None:
    """Remove a document that is the reader's to remove."""
    reader.require("document.manage", document)
    purge_document(document)


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
