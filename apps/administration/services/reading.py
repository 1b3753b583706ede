"""What an operator does about the reading of documents. As in the library, but by a right over the installation.

A job is seen whatever document it reads, and neither of these shows anything of that: a restricted one's stays hidden.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from uuid import UUID

from django.db import transaction

from apps.accounts.services.actors import find
from apps.accounts.services.audit import record
from apps.accounts.types import Operator
from apps.common.errors import NotAllowed, NotFound
from apps.documents.models import Document, IngestJob
from apps.documents.services.bell import ring_library
from apps.documents.services.documents import read_again, stop_reading
from apps.documents.services.families import lock_family


def retry_job(operator: Operator, *, job_id: UUID) -> None:
    """Have the document of a job read again; raises Conflict where it is being read, or could be."""
    with _held_document(operator, job_id) as document:
        read_again(document)
        record("document.retried", actor=operator.user, workspace_id=document.collection.workspace_id, target=document, via="administration")


def cancel_job(operator: Operator, *, job_id: UUID) -> None:
    """Stop reading the document of a job; raises Conflict where it is not being read. A version that answers goes on answering."""
    with _held_document(operator, job_id) as document:
        stop_reading(document)
        record("document.cancelled", actor=operator.user, workspace_id=document.collection.workspace_id, target=document, via="administration")


@contextmanager
def _held_document(operator: Operator, job_id: UUID) -> Iterator[Document]:
    if not operator.can_change(IngestJob):
        raise NotAllowed("operator.jobs", "Your operator role may look at jobs, not begin or stop them.")
    job: IngestJob = find(operator, IngestJob.objects.all(), job_id)
    with transaction.atomic():
        lock_family(job.document_id)
        document = Document.objects.select_related("collection", "owner").filter(pk=job.document_id).first()
        if document is None:
            raise NotFound
        yield document
        transaction.on_commit(partial(ring_library, document.collection.workspace_id, document.pk))
