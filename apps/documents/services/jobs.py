"""Jobs by lease: who may work on a document, for how long, and what becomes of those left behind."""

import logging
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone

from apps.common.queue import enqueue
from apps.documents.constants import (
    JOB_HINT_SECONDS,
    JOB_LEASE_SECONDS,
    JOB_MAX_ATTEMPTS,
    JOB_SWEEP_MAX,
    PROGRESS_INTERVAL_SECONDS,
)
from apps.documents.errors import LeaseLost
from apps.documents.ingest.pipeline import EMBED_FROM
from apps.documents.models import Document, DocumentState, IngestJob, JobState, JobStep
from apps.documents.querysets import IngestJobQuerySet
from apps.documents.services.bell import ring_library
from apps.documents.services.connection import let_go

logger = logging.getLogger(__name__)

CRASHED = "Quire stopped three times while reading this file. Try again, or upload a simpler version of it."


@dataclass(slots=True)
class Lease:
    """The right to work on one job, until it runs out or somebody else has it.

    Every method raises LeaseLost once the job is another's or gone. No connection is held
    between calls: parsing and embedding happen there.
    """

    job_id: UUID
    attempt: int
    document_id: UUID
    version_id: UUID
    workspace_id: UUID
    place: str
    name: str
    clock: Callable[[], float] = time.monotonic
    _pages: tuple[int, int] = (0, 0)
    _written_at: float | None = None

    def report(self, step: str, percent: int, pages_done: int = 0, pages_total: int = 0) -> None:
        """Write progress, ring, and renew the lease, at most five times a second: of a small file nothing is told in between."""
        now = self.clock()
        self._pages = (pages_done, pages_total) if pages_total else self._pages
        self._written_at = now if self._written_at is None else self._written_at
        if now - self._written_at < PROGRESS_INTERVAL_SECONDS:
            return
        fields: dict[str, object] = {
            "step": step,
            "percent": percent,
            "pages_done": self._pages[0],
            "pages_total": self._pages[1],
            "lease_until": lease_end(),
        }
        try:
            self._update(**fields)
        finally:
            let_go()
        self._written_at = now
        self.ring()

    def ring(self) -> None:
        ring_library(self.workspace_id, self.document_id)

    def hand_over(self, *, passages_done: int, passages_total: int) -> None:
        """Leave the rest to the embedder. Called inside the transaction that stores the passages: the row is the fence."""
        self._update(
            state=JobState.EMBEDDING,
            step=JobStep.EMBED,
            percent=EMBED_FROM,
            pages_done=self._pages[0],
            pages_total=self._pages[1],
            passages_done=passages_done,
            passages_total=passages_total,
            attempt=0,
            lease_until=None,
            hinted_at=timezone.now(),
        )

    def count_reused(self, passages: int) -> None:
        """So many passages have their vectors from the version before; in the transaction of `hand_over`."""
        IngestJob.objects.filter(pk=self.job_id, state=JobState.EMBEDDING).update(passages_done=passages)

    def fail(self, code: str, detail: str) -> None:
        """End the job and tell why; a version that answers already goes on answering."""
        try:
            with transaction.atomic():
                # The document first, then the job: everybody locks in this order.
                Document.objects.select_for_update().filter(pk=self.document_id).first()
                self._update(**failed(code, detail))
                fail_document(self.document_id, code, detail)
        finally:
            let_go()
        self.ring()

    def release(self, code: str, detail: str) -> None:
        """Give the job back for a later attempt, or fail it if this was the last."""
        if self.attempt >= JOB_MAX_ATTEMPTS:
            self.fail(code, detail)
            return
        try:
            self._update(
                state=JobState.QUEUED,
                step=JobStep.WAITING,
                percent=0,
                lease_until=None,
                error_code=code,
                error_detail=detail,
                hinted_at=timezone.now(),
            )
        finally:
            let_go()
        self.ring()

    def give_back(self) -> None:
        """Leave the job as if it had not been taken: whoever works on it was told to stop, and that is not the file's fault."""
        held = IngestJob.objects.all().held(self.job_id, self.attempt)
        held.update(state=JobState.QUEUED, step=JobStep.WAITING, percent=0, lease_until=None, attempt=F("attempt") - 1, hinted_at=timezone.now())

    def _update(self, **fields: object) -> None:
        if not IngestJob.objects.all().held(self.job_id, self.attempt).update(**fields):
            raise LeaseLost


def claim_job(job_id: str | UUID) -> Lease | None:
    """Take this job if it is free, in one conditional UPDATE; None if it is another's or gone."""
    now = timezone.now()
    try:
        claimed = _claim(IngestJob.objects.filter(pk=job_id, attempt__lt=JOB_MAX_ATTEMPTS).claimable(now), now)
        return _lease_of(job_id) if claimed else None
    finally:
        let_go()


def claim_next() -> Lease | None:
    """Take the job whose turn it is; None where none is free, or those that are belong to people who have their share already."""
    now = timezone.now()
    waiting = IngestJob.objects.filter(attempt__lt=JOB_MAX_ATTEMPTS).claimable(now).exclude(owner__in=_served_owners(now))
    try:
        with transaction.atomic():
            job_id = waiting.order_by("turn", "created_at").select_for_update(skip_locked=True).values_list("pk", flat=True).first()
            if job_id is None:
                return None
            _claim(IngestJob.objects.filter(pk=job_id), now)
        return _lease_of(job_id)
    finally:
        let_go()


def _served_owners(now: datetime) -> list[UUID]:
    """Whose files hold all slots of this machine but one: that one is kept for the others, as a file can take an hour."""
    share = max(1, parse_slots() - 1)
    if parse_slots() == 1:
        return []
    running = IngestJob.objects.filter(state=JobState.RUNNING, holder=machine(), lease_until__gte=now, owner__isnull=False)
    counted = running.values("owner").annotate(count=Count("pk")).filter(count__gte=share)
    return list(counted.values_list("owner", flat=True))


def parse_slots() -> int:
    """How many files are read at once on this machine; one process of the pool is left for the embedder."""
    slots: int = max(1, settings.CELERY_WORKER_CONCURRENCY - 1)
    return slots


def machine() -> str:
    return socket.gethostname()[:64]


def _claim(jobs: IngestJobQuerySet, now: datetime) -> int:
    return jobs.update(
        state=JobState.RUNNING,
        attempt=F("attempt") + 1,
        step=JobStep.PARSE,
        holder=machine(),
        lease_until=lease_end(now),
        started_at=now,
        error_code="",
        error_detail="",
    )


def _lease_of(job_id: str | UUID) -> Lease | None:
    job = IngestJob.objects.select_related("document__collection", "version").filter(pk=job_id).first()
    if job is None or job.version is None:
        return None
    return Lease(
        job_id=job.id,
        attempt=job.attempt,
        document_id=job.document_id,
        version_id=job.version.id,
        workspace_id=job.document.collection.workspace_id,
        place=job.version.original.name or "",
        name=job.version.source_name,
    )


def sweep_jobs() -> int:
    """Offer again what nobody works on; fail what has used up its attempts. Return how many.

    Covers a hint that was lost (crash between commit and publish, an emptied broker), and a
    worker that died with the lease in its hand.
    """
    now = timezone.now()
    left = IngestJob.objects.all().left_alone(now).filter(hinted_at__lt=now - timedelta(seconds=JOB_HINT_SECONDS))
    waiting = list(left.order_by("hinted_at").values_list("id", "attempt", "state")[:JOB_SWEEP_MAX])
    for job_id, attempt, _state in waiting:
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
        job = IngestJob.objects.select_for_update().filter(pk=job_id).left_alone(now).first()
        if document is None or job is None:
            return
        code, detail = job.error_code or "crashed", job.error_detail or CRASHED
        IngestJob.objects.filter(pk=job_id).update(**failed(code, detail))
        fail_document(document.id, code, detail)
        workspace_id, document_id = document.collection.workspace_id, document.id
        transaction.on_commit(lambda: ring_library(workspace_id, document_id))
    logger.warning("ingest.given_up", extra={"job_id": str(job_id), "code": code})


def failed(code: str, detail: str, state: JobState = JobState.FAILED) -> dict[str, object]:
    """What a job's row says once it ended without a version."""
    return {
        "state": state,
        "error_code": code,
        "error_detail": detail[:500],
        "lease_until": None,
        "finished_at": timezone.now(),
    }


def fail_document(document_id: UUID, code: str, detail: str) -> None:
    """Say on the document why it has no passages; where an older version answers, it goes on and only the job tells."""
    unread = Document.objects.filter(pk=document_id, current_version=None)
    unread.update(state=DocumentState.FAILED, error_code=code, error_detail=detail[:500], updated_at=timezone.now())


def lease_end(now: datetime | None = None) -> datetime:
    return (now or timezone.now()) + timedelta(seconds=JOB_LEASE_SECONDS)
