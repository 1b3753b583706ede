"""Adding many files from this machine and reading them here, beside the workers or without any.

Whoever is ended in the middle leaves documents and jobs as any worker would: the next one goes on with them.
"""

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.core.files.base import File
from django.db import connections

from apps.accounts.types import Reader
from apps.common.errors import QuireError
from apps.documents.ingest.pipeline import ReadFile
from apps.documents.models import UNFINISHED, Collection, IngestJob, JobState
from apps.documents.selectors import get_latest_job
from apps.documents.services.documents import CANCELLED, retry_document
from apps.documents.services.embedder import embed_waiting
from apps.documents.services.folders import Found
from apps.documents.services.ingest import read_next
from apps.documents.services.sweeper import sweep_jobs
from apps.documents.services.uploads import Received, receive_file
from apps.documents.types import Kind

logger = logging.getLogger(__name__)

# So many files are on their way at once: enough to fill the embedder's rounds, however small they are.
_WINDOW = 256
_PAUSE_SECONDS = 0.1
_SWEEP_SECONDS = 10
_EMBED_LOOK_SECONDS = 1
_STOP_SECONDS = 30
_WITH_ATTACHMENTS = frozenset({Kind.EML, Kind.MSG})
_UNOPENED = "This file cannot be opened. Check that it is still there, and who may read it."
_GONE = "This document was deleted while it was read."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: `ready`, `unchanged`, `failed` (it could not be read) or `refused` (it was not taken)."""

    path: str
    state: str
    code: str = ""
    # For `ready` what its readers should know of it.
    reason: str = ""
    document: str = ""
    pages: int | None = None
    passages: int | None = None
    seconds: float | None = None

    @property
    def is_bad(self) -> bool:
        return self.state in {"failed", "refused"}


@dataclass(slots=True)
class Bulk:
    """One run: takes files, reads whatever document has its turn, and tells what became of its own."""

    reader: Reader
    collection: Collection
    read: ReadFile
    access: str | None = None
    tags: Sequence[str] = ()
    retries: bool = False
    window: int = _WINDOW
    pause: Callable[[float], None] = time.sleep
    # Where the file of each unfinished job lay.
    _waiting: dict[UUID, str] = field(default_factory=dict)
    _swept_at: float = float("-inf")

    def run(self, files: Iterable[Found]) -> Generator[Outcome]:
        """Add the files and yield what became of each as soon as it is known. Raises what ends the storage or the rights."""
        with _Embedding() as embedding:
            for found in files:
                if outcome := self._take(found):
                    yield outcome
                else:
                    yield from self._go_on(embedding, is_patient=False)
                while len(self._waiting) >= self.window:
                    yield from self._go_on(embedding)
            while self._waiting:
                yield from self._go_on(embedding)

    def _take(self, found: Found) -> Outcome | None:
        """Put a file into the library; None where it is being read."""
        try:
            with found.open() as opened:
                received = receive_file(
                    self.reader,
                    file=File(opened, found.name),
                    name=found.name,
                    collection=self.collection,
                    access=self.access,
                    path=found.path,
                    tags=self.tags,
                )
        except QuireError as error:
            if error.status >= 500:
                raise
            return Outcome(found.path, "refused", error.extra.get("reason", error.code), error.detail)
        except OSError:
            return Outcome(found.path, "refused", "unopened", _UNOPENED)
        return self._of_received(found, received)

    def _of_received(self, found: Found, received: Received) -> Outcome | None:
        document, job = received.document, get_latest_job(received.document)
        # One that embeds anew what answers already says nothing of the file.
        is_its_own = job is not None and job.version is not None and job.version.sha256 == received.sha256 and job.version.published_at is None
        if job is not None and is_its_own and job.state in {JobState.FAILED, JobState.CANCELLED}:
            if not self.retries:
                return _outcome(found.path, job)
            try:
                retry_document(self.reader, document)
            except QuireError as error:
                return Outcome(found.path, "refused", error.code, error.detail, str(document.pk))
            job = document.jobs.latest("created_at")
        if job is not None and job.state in UNFINISHED:
            self._waiting[job.pk] = found.path
            return None
        return Outcome(found.path, "unchanged", document=str(document.pk), pages=document.page_count)

    def _go_on(self, embedding: "_Embedding", *, is_patient: bool = True) -> list[Outcome]:
        """Read one document, whosever turn it is, and return what is known of our own since."""
        if is_read := read_next(read=self.read):
            embedding.wake()
        settled = self._settle()
        if is_patient and not is_read and not settled:
            settled = self._see_after()
            self.pause(_PAUSE_SECONDS)
        return settled

    def _settle(self) -> list[Outcome]:
        mine = IngestJob.objects.filter(pk__in=list(self._waiting)).exclude(state__in=UNFINISHED)
        over = list(mine.select_related("version", "document"))
        settled = [_outcome(self._waiting.pop(job.pk), job) for job in over]
        for job in over:
            settled += self._follow(job)
        return settled

    def _follow(self, job: IngestJob) -> list[Outcome]:
        """Wait for what came with a message, too; somebody may have read it already."""
        if job.version is None or job.version.kind not in _WITH_ATTACHMENTS:
            return []
        jobs = IngestJob.objects.filter(document__parent=job.document_id, created_at__gte=job.created_at).select_related("version", "document")
        self._waiting |= {one.pk: one.document.source_path for one in jobs if one.state in UNFINISHED}
        return [_outcome(one.document.source_path, one) for one in jobs if one.state not in UNFINISHED]

    def _see_after(self) -> list[Outcome]:
        """Nobody else may: give up what was tried three times, and wait for nothing that is gone."""
        if time.monotonic() - self._swept_at < _SWEEP_SECONDS:
            return []
        self._swept_at = time.monotonic()
        sweep_jobs()
        there = set(IngestJob.objects.filter(pk__in=list(self._waiting)).values_list("pk", flat=True))
        gone = self._waiting.keys() - there
        return [Outcome(self._waiting.pop(one), "failed", "deleted", _GONE) for one in gone]


def _outcome(path: str, job: IngestJob) -> Outcome:
    seconds = round((job.finished_at - job.started_at).total_seconds(), 2) if job.finished_at and job.started_at else None
    if job.state == JobState.CANCELLED:
        return Outcome(path, "failed", "cancelled", CANCELLED, str(job.document_id), seconds=seconds)
    if job.state == JobState.FAILED:
        return Outcome(path, "failed", job.error_code, job.error_detail, str(job.document_id), seconds=seconds)
    version = job.version
    assert version is not None  # a version that answers is never deleted alone
    return Outcome(path, "ready", "", version.note, str(job.document_id), version.page_count, version.passage_count, seconds)


class _Embedding:
    """Gives passages their vectors in a thread, while the next file is read."""

    def __init__(self) -> None:
        self._woken, self._is_over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="embedding", daemon=True)

    def __enter__(self) -> "_Embedding":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._woken.set()
        self._thread.join(_STOP_SECONDS)

    def wake(self) -> None:
        self._woken.set()

    def _run(self) -> None:
        try:
            while not self._is_over.is_set():
                self._embed()
                self._woken.wait(_EMBED_LOOK_SECONDS)
                self._woken.clear()
        finally:
            connections.close_all()

    def _embed(self) -> None:
        try:
            embed_waiting(clock=self._clock, overlaps=True)
        except Exception as error:  # noqa: BLE001  # the edge of a thread, without which the run would wait for ever
            # What fails each time is given up by the sweeper.
            logger.error("bulk.not_embedded", extra={"error": type(error).__name__})

    def _clock(self) -> float:
        """The embedder ends its present round when its time is over, and so when ours is."""
        return float("inf") if self._is_over.is_set() else time.monotonic()
