"""Looks after jobs that nobody works on: a hint that was lost, a worker that died with the lease in its hand."""

import logging
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.common.queue import enqueue
from apps.documents.constants import JOB_HINT_SECONDS, JOB_MAX_ATTEMPTS, JOB_SWEEP_MAX
from apps.documents.models import Document, IngestJob, JobState
from apps.documents.services.bell import ring_library
from apps.documents.services.endings import end_reading

logger = logging.getLogger(__name__)

CRASHED = "Quire stopped three times while reading this file. Try again, or upload a simpler version of it."


def sweep_jobs() -> int:
    """Offer again what nobody works on; fail what has used up its attempts. Return how many.

    Covers a hint that was lost (crash between commit and publish, an emptied broker), and a
    worker that died with the lease in its hand.
    """
    now = timezone.now()
    left = IngestJob.objects.all().left_alone(now).filter(hinted_at__lt=now - timedelta(seconds=JOB_HINT_SECONDS))
    waiting = list(left.order_by("hinted_at").values_list("id", "attempt")[:JOB_SWEEP_MAX])
    for job_id, attempt in waiting:
        if attempt >= JOB_MAX_ATTEMPTS:
            _give_up(job_id, now)
        else:
            _hint_again(job_id, now)
    return len(waiting)


def hint_next() -> None:
    """Have somebody look for the next job, as long as there is one: the one who finished may have had a turn that others waited for."""
    if IngestJob.objects.filter(state=JobState.QUEUED).exists():
        enqueue("documents.ingest")


def _hint_again(job_id: UUID, now: datetime) -> None:
    with transaction.atomic():
        job = IngestJob.objects.select_for_update().filter(pk=job_id).left_alone(now).first()
        if job is not None:
            IngestJob.objects.filter(pk=job_id).update(hinted_at=now)
            enqueue("documents.embed" if job.state == JobState.EMBEDDING else "documents.ingest")
            logger.info("ingest.hinted_again", extra={"job_id": str(job_id)})


def _give_up(job_id: UUID, now: datetime) -> None:
    with transaction.atomic():
        # The document first, then the job: everybody locks in this order.
        documents = Document.objects.select_for_update(of=("self",)).select_related("collection")
        document = documents.filter(jobs=job_id).first()
        jobs = IngestJob.objects.all().left_alone(now).filter(pk=job_id)
        job = jobs.select_for_update().first()
        if document is None or job is None:
            return
        code, detail = job.error_code or "crashed", job.error_detail or CRASHED
        end_reading(document.pk, jobs, code, detail)
        transaction.on_commit(partial(ring_library, document.collection.workspace_id, document.pk))
    logger.warning("ingest.given_up", extra={"job_id": str(job_id), "code": code})
