"""What a reader may do with a document that is there: have it read again, stop reading it, or delete it."""

import logging
from functools import partial
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.services.audit import record
from apps.accounts.types import Reader
from apps.common.errors import Conflict
from apps.documents.models import UNFINISHED, Document, DocumentState, DocumentVersion, IngestJob, JobState
from apps.documents.services.bell import ring_library
from apps.documents.services.endings import end_reading, places_held
from apps.documents.services.families import family_of, lock_family
from apps.documents.services.originals import release_originals
from apps.documents.services.queueing import queue_job
from apps.documents.services.searchable import remove_from_search
from apps.documents.services.sharing import locked_document
from apps.gateway.services.forgetting import forget_answers

logger = logging.getLogger(__name__)

CANCELLED = "Reading was cancelled. Try again when you want it read."


def retry_document(reader: Reader, document: Document) -> Document:
    """Have the file that could not be read, or whose reading was cancelled, read again, from its first attempt."""
    with locked_document(reader, document) as locked:
        read_again(locked)
        record("document.retried", reader=reader, target=locked)
    return locked


def read_again(locked: Document) -> None:
    """Put what was not read of a document in line again; inside the caller's transaction, which locked it. Whether they may is theirs to ask."""
    if IngestJob.objects.filter(document=locked, state__in=UNFINISHED).exists():
        raise Conflict("This document is being read already.")
    unread = locked.versions.filter(published_at=None).order_by("-number").first()
    if unread is None:
        raise Conflict("Only a document that failed can be tried again.")
    if locked.current_version_id is None:
        locked.state, locked.error_code, locked.error_detail = DocumentState.PROCESSING, "", ""
        locked.save(update_fields=["state", "error_code", "error_detail"])
    try:
        with transaction.atomic():
            queue_job(locked, unread)
    except IntegrityError as error:
        raise Conflict("This document is being read already.") from error


def cancel_document(reader: Reader, document: Document) -> Document:
    """Stop reading a document. A version that answers goes on answering; what was not published is forgotten."""
    with locked_document(reader, document) as locked:
        stop_reading(locked)
        record("document.cancelled", reader=reader, target=locked)
    return locked


def stop_reading(locked: Document) -> None:
    """End what is being read of a document, as `read_again` begins it."""
    if not end_reading(locked.pk, IngestJob.objects.all().unfinished(), "cancelled", CANCELLED, JobState.CANCELLED):
        raise Conflict("This document is not being read.")
    locked.refresh_from_db(fields=["state", "error_code", "error_detail", "updated_at"])


def delete_document(reader: Reader, document: Document) -> None:
    """Remove a document that is the reader's to remove, and what is attached to it."""
    with locked_document(reader, document) as locked:
        record("document.deleted", reader=reader, target=locked)
        for one in family_of(locked.pk):
            if one != locked.pk:
                record("document.deleted", reader=reader, object_type="document", object_id=one, message=str(locked.pk))
        purge_document(locked)


def purge_document(document: Document) -> None:
    """Remove a document with its attachments, versions, passages, vectors, jobs and files.

    Rows go in one transaction, the vectors first and without loading them; of passages the cascade
    loads ids only. The files go once that is committed. A worker that still reads it finds its
    job gone and stops.
    """
    document_id, workspace_id = document.id, document.collection.workspace_id
    with transaction.atomic():
        family = lock_family(document_id)
        # Before anything is looked for: who holds a job may be writing vectors, which nobody else sees until then.
        list(IngestJob.objects.select_for_update().filter(document__in=family).order_by("pk").values_list("pk"))
        versions = DocumentVersion.objects.filter(document__in=family)
        release_originals(_places(family))
        remove_from_search(versions.values("pk"))
        Document.objects.filter(pk__in=family).delete()
        forget_answers(workspace_id)
        for one in family:
            transaction.on_commit(partial(ring_library, workspace_id, one))
    logger.info("document.deleted", extra={"document_id": str(document_id)})


def _places(family: list[UUID]) -> list[str]:
    own = Document.objects.filter(pk__in=family).values_list("original", flat=True)
    versions = DocumentVersion.objects.filter(document__in=family)
    return [*own, *versions.values_list("original", flat=True), *places_held(versions.exclude(attached=None).only("attached"))]
