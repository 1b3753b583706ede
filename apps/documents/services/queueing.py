"""Putting a version in line to be read. The row is the truth; the queue gets a hint."""

from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from apps.common.queue import enqueue
from apps.documents.constants import LAST_TURN
from apps.documents.models import UNFINISHED, Document, DocumentVersion, IngestJob, JobState
from apps.documents.services.bell import ring_library


def queue_job(document: Document, version: DocumentVersion) -> IngestJob:
    """Write the job and, once that is committed, hint at it and ring the library's bell."""
    job = IngestJob.objects.create(document=document, version=version, owner_id=document.owner_id, turn=_next_turn(document.owner_id), hinted_at=timezone.now())
    enqueue("documents.ingest")
    workspace_id: UUID = document.collection.workspace_id
    transaction.on_commit(lambda: ring_library(workspace_id, document.id))
    return job


def _next_turn(owner_id: UUID | None) -> int:
    """Return when it is served: whoever adds one file waits for one of each other's, not for all of them.

    Start-time fair queueing (Goyal, Vin, Cheng 1996) with files of equal weight: a job starts after its owner's last one, but
    not before the turn that is being served now. That is the first of those that wait, for a reader or for their vectors: files
    are read faster than they are embedded. One that is being read does not count, as it may take an hour.
    """
    unfinished = IngestJob.objects.filter(state__in=UNFINISHED, turn__lt=LAST_TURN)
    last: int | None = unfinished.filter(owner=owner_id).aggregate(last=Max("turn"))["last"]
    # The first of each state is read from the index, however many wait.
    queued, embedding = (unfinished.filter(state=state).order_by("turn").values_list("turn")[:1] for state in (JobState.QUEUED, JobState.EMBEDDING))
    served = min((turn for (turn,) in queued.union(embedding, all=True)), default=None)
    return max(-1 if last is None else last, -1 if served is None else served - 1) + 1
