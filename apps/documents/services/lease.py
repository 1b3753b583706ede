"""The right to work on one job: who has it, for how long, and how it is given up."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from apps.documents.constants import JOB_LEASE_SECONDS, JOB_MAX_ATTEMPTS, JOB_PAUSE_SECONDS, PROGRESS_INTERVAL_SECONDS
from apps.documents.errors import LeaseLost
from apps.documents.ingest.pipeline import EMBED_FROM
from apps.documents.models import Document, IngestJob, JobState, JobStep
from apps.documents.services.bell import ring_library
from apps.documents.services.connection import let_go
from apps.documents.services.endings import end_reading
from apps.documents.services.slots import machine

# Counting who is served and taking a turn are two looks at the table; one process at a time takes both.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('documents.claim'))"
# Whose files hold all slots of this machine but one are left out: that one is kept for the others, as a file can take an hour.
_NEXT = """
        SELECT id FROM documents_ingestjob
        WHERE state IN ('queued', 'running') AND (lease_until IS NULL OR lease_until < %(now)s)
        AND attempt < %(attempts)s AND version_id IS NOT NULL AND (owner_id IS NULL OR owner_id NOT IN (
            SELECT owner_id FROM documents_ingestjob
            WHERE state = 'running' AND holder = %(machine)s AND lease_until >= %(now)s AND owner_id IS NOT NULL
            GROUP BY owner_id HAVING count(*) >= %(share)s
        ))
        ORDER BY turn, created_at LIMIT 1
"""
_CLAIM = """
    WITH next AS MATERIALIZED (<next> FOR UPDATE SKIP LOCKED)
    UPDATE documents_ingestjob AS job
    SET state = 'running', step = 'parse', attempt = job.attempt + 1, holder = %(machine)s, started_at = %(now)s, lease_until = %(until)s,
        error_code = '', error_detail = ''
    FROM next, documents_document AS document, documents_collection AS collection, documents_documentversion AS version
    WHERE job.id = next.id AND document.id = job.document_id AND collection.id = document.collection_id AND version.id = job.version_id
    RETURNING job.id, job.attempt, job.document_id, job.version_id, collection.workspace_id, version.original, version.source_name
""".replace("<next>", _NEXT)


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
    _percent: int = 0
    _written_at: float | None = None

    def report(self, step: str, percent: int, pages_done: int = 0, pages_total: int = 0) -> None:
        """Write progress, ring, and renew the lease, at most five times a second: of a small file nothing is told in between."""
        now = self.clock()
        self._pages = (pages_done, pages_total) if pages_total else self._pages
        self._percent = max(percent, self._percent)
        self._written_at = now if self._written_at is None else self._written_at
        if now - self._written_at < PROGRESS_INTERVAL_SECONDS:
            return
        try:
            self._update(step=step, percent=self._percent, pages_done=self._pages[0], pages_total=self._pages[1], lease_until=lease_end())
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
                if not end_reading(self.document_id, self._held, code, detail):
                    raise LeaseLost
        finally:
            let_go()
        self.ring()

    def release(self, code: str, detail: str) -> None:
        """Give the job back for a later attempt, or fail it if this was the last."""
        if self.attempt >= JOB_MAX_ATTEMPTS:
            self.fail(code, detail)
        else:
            self._wait(JOB_PAUSE_SECONDS * self.attempt, error_code=code, error_detail=detail[:500])

    def put_off(self, code: str, detail: str) -> None:
        """Give the job back as if it had not been tried: what went wrong has nothing to do with the file. It is waited for, however long."""
        self._wait(JOB_PAUSE_SECONDS, error_code=code, error_detail=detail[:500], attempt=F("attempt") - 1)

    def _wait(self, seconds: float, **fields: Any) -> None:
        """Nobody takes it before the pause is over: what is wrong now is most likely wrong a moment later."""
        until = timezone.now() + timedelta(seconds=seconds)
        try:
            self._update(state=JobState.QUEUED, step=JobStep.WAITING, percent=0, lease_until=until, hinted_at=timezone.now(), **fields)
        finally:
            let_go()
        self.ring()

    def give_back(self) -> None:
        """Leave the job as if it had not been taken: whoever works on it was told to stop, and that is not the file's fault."""
        self._held.update(state=JobState.QUEUED, step=JobStep.WAITING, percent=0, lease_until=None, attempt=F("attempt") - 1, hinted_at=timezone.now())

    @property
    def _held(self) -> Any:
        return IngestJob.objects.all().held(self.job_id, self.attempt)

    def _update(self, **fields: Any) -> None:
        if not self._held.update(**fields):
            raise LeaseLost


def claim_next() -> Lease | None:
    """Take the job whose turn it is, in one conditional UPDATE; None where none is free, or those that are belong to people who have their share already."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_LOCK)
            cursor.execute(_CLAIM, _facts())
            row = cursor.fetchone()
        return Lease(*row) if row else None
    finally:
        let_go()


def is_claimable() -> bool:
    """Whether `claim_next` would most likely return one."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(_NEXT, _facts())
            return cursor.fetchone() is not None
    finally:
        let_go()


def _facts() -> dict[str, datetime | str | int]:
    now = timezone.now()
    return {
        "now": now,
        "until": lease_end(now),
        "machine": machine(),
        "attempts": JOB_MAX_ATTEMPTS,
        # With one slot there is none to keep.
        "share": parse_slots() - 1 or 1_000_000,
    }


def parse_slots() -> int:
    """How many files are read at once on this machine; one process of the pool is left for the embedder."""
    slots: int = max(1, settings.CELERY_WORKER_CONCURRENCY - 1)
    return slots


def lease_end(now: datetime | None = None) -> datetime:
    return (now or timezone.now()) + timedelta(seconds=JOB_LEASE_SECONDS)
