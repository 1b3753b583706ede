"""Give passages their vectors, over all documents at once, and publish each document when its last vector is there.

One embedder a machine: a second would only share the same processor. It works in rounds, each of them a claim, some calls of
the model, and one transaction. Texts are taken by turn, some of each document, so a book does not hold up a note; batches are
full, because small documents fill them together. Calls last about a quarter of a second: where somebody else comes meanwhile,
the round ends there and theirs is the next one.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from apps.common.errors import QuireError
from apps.common.queue import enqueue
from apps.documents.constants import (
    EMBED_CALL_CHARS,
    EMBED_CALL_SECONDS,
    EMBED_PAUSE_SECONDS,
    EMBED_ROUND_CHARS,
    EMBED_ROUND_JOBS,
    EMBED_ROUND_TEXTS,
    EMBED_ROUND_TEXTS_A_JOB,
    EMBED_TASK_SECONDS,
    JOB_MAX_ATTEMPTS,
)
from apps.documents.ingest.pipeline import EMBED_FROM, EMBED_TO, Models
from apps.documents.ingest.types import join_embedded
from apps.documents.models import Document, IngestJob, JobState, JobStep
from apps.documents.services.bell import ring_library
from apps.documents.services.connection import let_go
from apps.documents.services.jobs import fail_document, failed, lease_end
from apps.documents.services.models import gateway_models
from apps.documents.services.publish import publish_version
from apps.documents.services.slots import take_slot
from apps.documents.services.store import write_vectors
from apps.documents.services.writer import Writer

logger = logging.getLogger(__name__)

# One more than is taken tells whether that is all of the document.
_TEXTS = """
    SELECT job.id, passage.id, passage.prefix, passage.text, passage.body_start
    FROM unnest(%s::uuid[], %s::uuid[]) WITH ORDINALITY AS job(id, version_id, place)
    CROSS JOIN LATERAL (
        SELECT id, prefix, text, body_start, ordinal FROM documents_passage WHERE version_id = job.version_id
        AND NOT EXISTS (SELECT 1 FROM documents_passageembedding AS known WHERE known.passage_id = documents_passage.id AND known.model = %s)
        ORDER BY ordinal LIMIT %s
    ) AS passage
    ORDER BY job.place, passage.ordinal
"""
MakeModels = Callable[[UUID], AbstractContextManager[Models]]


@dataclass(slots=True)
class _Share:
    """What one document has in a round."""

    job: IngestJob
    workspace_id: UUID
    passage_ids: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    # Any: rows of numpy.
    vectors: list[Any] = field(default_factory=list)
    is_last: bool = True

    def keep_embedded(self) -> None:
        """Leave what has no vector to another round."""
        done = len(self.vectors)
        if done < len(self.texts):
            self.texts, self.passage_ids, self.is_last = self.texts[:done], self.passage_ids[:done], False


def embed_waiting(*, make_models: MakeModels | None = None, clock: Callable[[], float] = time.monotonic, overlaps: bool = False) -> int:
    """Embed until nothing waits, or for ten minutes; return how many texts. At once 0 where another process of this machine does it.

    With `overlaps` a round is written, in a thread, while the next one is embedded: else a core waits for the other.
    """
    deadline, count = clock() + EMBED_TASK_SECONDS, 0
    while _is_waiting():
        with take_slot("embedder") as is_free:
            if not is_free:
                return count
            with _Embedder(make_models or gateway_models, Writer(overlaps)) as embedder:
                while (done := embedder.round()) is not None:
                    count += done
                    if clock() > deadline:
                        enqueue("documents.embed")
                        return count
    return count


def _is_waiting() -> bool:
    """Asked once more when the slot was let go of: a hint that came in between found it taken."""
    try:
        return bool(_next_jobs(timezone.now()).exists())
    finally:
        let_go()


# Any: a queryset of jobs.
def _next_jobs(now: datetime) -> Any:
    return IngestJob.objects.filter(attempt__lt=JOB_MAX_ATTEMPTS).embeddable(now).order_by("turn", "created_at")


class _Embedder:
    """Holds the models of the workspaces it met, so that connections to them are kept between rounds."""

    def __init__(self, make_models: MakeModels, writer: Writer) -> None:
        self._make_models = make_models
        self._writer = writer
        self._models: dict[UUID, Models] = {}
        self._stack = ExitStack()
        self._call_chars = EMBED_CALL_CHARS

    def __enter__(self) -> "_Embedder":
        return self

    def __exit__(self, *_: object) -> None:
        with self._stack:
            self._writer.end()

    def round(self) -> int | None:
        """Take texts, embed, write: how many they were; None where nothing waits."""
        # What is being written now may have more texts for another round.
        jobs = _claim() or (_claim() if self._writer.finish() else [])
        if not jobs:
            return None
        shares: list[_Share] = []
        is_through = False
        try:
            shares = self._take(jobs)
            self._embed(shares)
            is_through = True
        finally:
            let_go()
            # Whatever happened: what has vectors is written, and nobody waits for a lease that is of no use.
            for share in shares:
                share.keep_embedded()
            # Where something fell over, the attempt counts for what got no vector: the texts may be at fault.
            tried = [share for share in shares if is_through or share.vectors]
            self._writer.write(partial(_write, jobs, tried, self._name))
        return sum(len(share.vectors) for share in shares)

    @property
    def _name(self) -> str:
        return next(iter(self._models.values())).name if self._models else ""

    def _models_of(self, workspace_id: UUID) -> Models:
        if workspace_id not in self._models:
            self._models[workspace_id] = self._stack.enter_context(self._make_models(workspace_id))
        return self._models[workspace_id]

    def _take(self, jobs: Sequence[IngestJob]) -> list[_Share]:
        name = self._models_of(jobs[0].document.collection.workspace_id).name
        with connection.cursor() as cursor:
            cursor.execute(_TEXTS, [[job.pk for job in jobs], [job.version_id for job in jobs], name, EMBED_ROUND_TEXTS_A_JOB + 1])
            rows = cursor.fetchall()
        let_go()
        shares = {job.pk: _Share(job, job.document.collection.workspace_id) for job in jobs}
        chars = texts = 0
        for job_id, passage_id, prefix, text, body_start in rows:
            share = shares[job_id]
            if len(share.texts) == EMBED_ROUND_TEXTS_A_JOB or chars >= EMBED_ROUND_CHARS or texts >= EMBED_ROUND_TEXTS:
                share.is_last = False
                continue
            share.passage_ids.append(passage_id)
            share.texts.append(join_embedded(prefix, text, body_start))
            chars, texts = chars + len(text), texts + 1
        return list(shares.values())

    def _embed(self, shares: Sequence[_Share]) -> None:
        """Call the model, in the order of turns and for one workspace a call, as each pays for its own."""
        owners = {share.job.owner_id for share in shares}
        is_first = True
        for share_group in _by_workspace(shares):
            for batch in self._batches(share_group):
                # Several owners wait for each other: whose turn it is gets published before the others go on.
                if not is_first and (len(owners) > 1 or _others_wait(owners)):
                    return
                is_first = False
                if not self._call(batch):
                    break

    def _batches(self, shares: Sequence[_Share]) -> Iterator[list[tuple[_Share, str]]]:
        batch: list[tuple[_Share, str]] = []
        chars = 0
        for share in shares:
            for text in share.texts:
                batch.append((share, text))
                chars += len(text)
                if chars >= self._call_chars:
                    yield batch
                    batch, chars = [], 0
        if batch:
            yield batch

    def _call(self, batch: Sequence[tuple[_Share, str]]) -> bool:
        """Give the texts their vectors; False where the model gives none."""
        texts = [text for _share, text in batch]
        begun = time.monotonic()
        try:
            vectors = self._models_of(batch[0][0].workspace_id).embed(texts)
        except QuireError as error:
            shares = {share.job.pk: share for share, _text in batch}
            if error.is_retryable or len(shares) == 1:
                _put_off(shares, error)
                return False
            # What it refuses may be one text of one document, and the others are not at fault.
            alone = [self._call([one for one in batch if one[0].job.pk == job_id]) for job_id in shares]
            return any(alone)
        for (share, _text), vector in zip(batch, vectors, strict=True):
            share.vectors.append(vector)
        pace = sum(map(len, texts)) / max(0.001, time.monotonic() - begun)
        self._call_chars = int(min(EMBED_ROUND_CHARS, max(EMBED_CALL_CHARS / 2, pace * EMBED_CALL_SECONDS)))
        return True


def _by_workspace(shares: Sequence[_Share]) -> list[list[_Share]]:
    """Part the shares that have texts by workspace; whose turn comes first leads."""
    parted: dict[UUID, list[_Share]] = {}
    for share in shares:
        if share.texts:
            parted.setdefault(share.workspace_id, []).append(share)
    return list(parted.values())


def _others_wait(owners: set[Any]) -> bool:
    try:
        return bool(_next_jobs(timezone.now()).exclude(owner__in=[owner for owner in owners if owner]).exists())
    finally:
        let_go()


def _claim() -> list[IngestJob]:
    """Take the jobs whose turn it is, as many as fill a round. One that was taken before and not finished is taken alone."""
    now = timezone.now()
    try:
        with transaction.atomic():
            jobs = list(_next_jobs(now).select_for_update(skip_locked=True, of=("self",)).select_related("document__collection")[:EMBED_ROUND_JOBS])
            chosen = list(_enough(jobs))
            until = lease_end(now)
            IngestJob.objects.filter(pk__in=[job.pk for job in chosen]).update(lease_until=until, attempt=F("attempt") + 1)
        for job in chosen:
            job.lease_until = until
        return chosen
    finally:
        let_go()


def _enough(jobs: Sequence[IngestJob]) -> Iterator[IngestJob]:
    texts = 0
    for job in jobs:
        is_suspect = job.attempt > 0
        if texts and (is_suspect or texts >= EMBED_ROUND_TEXTS):
            return
        yield job
        if is_suspect:
            return
        texts += min(EMBED_ROUND_TEXTS_A_JOB, job.passages_total - job.passages_done)


def _write(jobs: Sequence[IngestJob], shares: Sequence[_Share], model: str) -> None:
    """Write the vectors of a round, publish what is whole, and give every job back, in one transaction."""
    whole = [share for share in shares if share.is_last]
    with transaction.atomic():
        # Documents first, then jobs, each in one order: everybody locks so.
        wanted = Document.objects.filter(pk__in=[share.job.document_id for share in whole])
        documents = {one.pk: one for one in wanted.select_for_update(of=("self",)).order_by("pk")}
        mine = IngestJob.objects.filter(pk__in=[job.pk for job in jobs], state=JobState.EMBEDDING, lease_until=jobs[0].lease_until)
        held = {job.pk: job for job in mine.select_for_update(of=("self",)).select_related("version").order_by("pk")}
        kept = [share for share in shares if share.job.pk in held]
        write_vectors([one for share in kept for one in share.passage_ids], [one for share in kept for one in share.vectors], model)
        for share in kept:
            document = documents.get(share.job.document_id) if share.is_last else None
            _settle(share, held[share.job.pk], document)
        tried = {share.job.pk for share in kept}
        IngestJob.objects.filter(pk__in=held.keys() - tried, lease_until=jobs[0].lease_until).update(lease_until=None)
        for share in kept:
            transaction.on_commit(partial(ring_library, share.workspace_id, share.job.document_id))


def _settle(share: _Share, job: IngestJob, document: Document | None) -> None:
    if document is not None and job.version is not None:
        publish_version(document, job.version)
        IngestJob.objects.filter(pk=job.pk).update(
            state=JobState.DONE, step=JobStep.PUBLISH, percent=100, passages_done=job.passages_total, lease_until=None, attempt=1, finished_at=timezone.now()
        )
        logger.info("ingest.published", extra={"document_id": str(document.pk), "passages": job.passages_total})
        return
    done = min(job.passages_total, job.passages_done + len(share.vectors))
    percent = EMBED_FROM + (EMBED_TO - EMBED_FROM) * done // max(1, job.passages_total)
    # Only attempts without progress are counted.
    IngestJob.objects.filter(pk=job.pk).update(passages_done=done, percent=percent, lease_until=None, attempt=0)


def _put_off(shares: Mapping[UUID, _Share], error: QuireError) -> None:
    """A model that does not answer is waited for, however long: the documents are not at fault. One that refuses ends them."""
    logger.warning("ingest.not_embedded", extra={"code": error.code, "jobs": len(shares)})
    for job_id, share in shares.items():
        document_id = share.job.document_id
        with transaction.atomic():
            # The document first, then the job: everybody locks in this order.
            if Document.objects.select_for_update().filter(pk=document_id).first() is None:
                continue
            held = IngestJob.objects.filter(pk=job_id, state=JobState.EMBEDDING, lease_until=share.job.lease_until)
            if error.is_retryable:
                later = timezone.now() + timedelta(seconds=EMBED_PAUSE_SECONDS)
                held.update(lease_until=later, attempt=0, error_code=error.code, error_detail=error.detail[:500], hinted_at=timezone.now())
            elif held.update(**failed(error.code, error.detail)):
                fail_document(document_id, error.code, error.detail)
            transaction.on_commit(partial(ring_library, share.workspace_id, document_id))
