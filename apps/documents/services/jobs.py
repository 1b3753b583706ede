"""Jobs by lease: who may work on a document, for how long, and what becomes of those left behind."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
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
from apps.documents.models import Document, DocumentState, IngestJob, JobState, JobStep
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
    workspace_id: UUID
    place: str
    name: str
    clock: Callable[[], float] = time.monotonic
    _step: str = ""
    _pages: tuple[int, int] = (0, 0)
    _written_at: float = field(default=float("-inf"))
    _rung_at: float = field(default=float("-inf"))

    def report(self, step: str, percent: int, pages_done: int = 0, pages_total: int = 0) -> None:
        """Write progress and renew the lease, at most five times a second but for a new step."""
        now = self.clock()
        self._pages = (pages_done, pages_total) if pages_total else self._pages
        if step == self._step and now - self._written_at < PROGRESS_INTERVAL_SECONDS:
            return
        fields: dict[str, object] = {
            "step": step,
            "percent": percent,
            "pages_done": self._pages[0],
            "pages_total": self._pages[1],
            "lease_until": _lease_end(),
        }
        try:
            self._update(**fields)
        finally:
            let_go()
        self._step, self._written_at = step, now
        if now - self._rung_at >= PROGRESS_INTERVAL_SECONDS:
            self._rung_at = now
            self.ring()

    def ring(self) -> None:
        ring_library(self.workspace_id, self.document_id)

    def finish(self) -> None:
        """Mark the job done. Called inside the transaction that publishes: the row is the fence."""
        self._update(state=JobState.DONE, percent=100, step=JobStep.PUBLISH, lease_until=None, finished_at=timezone.now())

    def fail(self, code: str, detail: str) -> None:
        """End the job and tell why; a version that answers already goes on answering."""
        try:
            with transaction.atomic():
                _fail_document(self.document_id, code, detail)
                self._update(**_failed(code, detail))
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

    def _update(self, **fields: object) -> None:
        if not IngestJob.objects.all().held(self.job_id, self.attempt).update(**fields):
            raise LeaseLost


def claim_job(job_id: str | UUID) -> Lease | None:
    """Take the job if it is free, in one conditional UPDATE; None if it is another's or gone."""
    now = timezone.now()
    try:
        claimed = (
            IngestJob.objects.filter(pk=job_id, attempt__lt=JOB_MAX_ATTEMPTS)
            .claimable(now)
            .update(
                state=JobState.RUNNING,
                attempt=F("attempt") + 1,
                lease_until=_lease_end(now),
                started_at=now,
                error_code="",
                error_detail="",
            )
        )
        if not claimed:
            return None
        job = IngestJob.objects.select_related("document__collection").filter(pk=job_id).first()
        if job is None:
            return None
        document = job.document
        return Lease(
            job_id=job.id,
            attempt=job.attempt,
            document_id=document.id,
            workspace_id=document.collection.workspace_id,
            place=document.original.name or "",
            name=document.source_name,
        )
    finally:
        let_go()


def sweep_jobs() -> int:
    """Offer again what nobody works on; fail what has used up its attempts. Return how many.

    Covers a hint that was lost (crash between commit and publish, an emptied broker), and a
    worker that died with the lease in its hand.
    """
    now = timezone.now()
    waiting = list(
        IngestJob.objects.all()
        .claimable(now)
        .filter(hinted_at__lt=now - timedelta(seconds=JOB_HINT_SECONDS))
        .order_by("hinted_at")
        .values_list("id", "attempt")[:JOB_SWEEP_MAX]
    )
    for job_id, attempt in waiting:
        if attempt >= JOB_MAX_ATTEMPTS:
            _give_up(job_id, now)
        else:
            _hint_again(job_id, now)
    return len(waiting)


def _hint_again(job_id: UUID, now: datetime) -> None:
    with transaction.atomic():
        if IngestJob.objects.filter(pk=job_id).claimable(now).update(hinted_at=now):
            enqueue("documents.ingest", str(job_id))
            logger.info("ingest.hinted_again", extra={"job_id": str(job_id)})


def _give_up(job_id: UUID, now: datetime) -> None:
    with transaction.atomic():
        # The document first, then the job: everybody locks in this order.
        documents = Document.objects.select_for_update(of=("self",)).select_related("collection")
        document = documents.filter(jobs=job_id).first()
        job = IngestJob.objects.select_for_update().filter(pk=job_id).claimable(now).first()
        if document is None or job is None:
            return
        code, detail = job.error_code or "crashed", job.error_detail or CRASHED
        _fail_document(document.id, code, detail)
        IngestJob.objects.filter(pk=job_id).update(**_failed(code, detail))
        workspace_id, document_id = document.collection.workspace_id, document.id
        transaction.on_commit(lambda: ring_library(workspace_id, document_id))
    logger.warning("ingest.given_up", extra={"job_id": str(job_id), "code": code})


def _failed(code: str, detail: str) -> dict[str, object]:
    return {
        "state": JobState.FAILED,
        "error_code": code,
        "error_detail": detail[:500],
        "lease_until": None,
        "finished_at": timezone.now(),
    }


def _fail_document(document_id: UUID, code: str, detail: str) -> None:
    Document.objects.filter(pk=document_id).update(state=DocumentState.FAILED, error_code=code, error_detail=detail[:500], updated_at=timezone.now())


def _lease_end(now: datetime | None = None) -> datetime:
    return (now or timezone.now()) + timedelta(seconds=JOB_LEASE_SECONDS)
