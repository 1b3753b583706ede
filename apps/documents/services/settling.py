"""What becomes of a round of the embedder: vectors written, documents published, jobs given back."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.common.errors import QuireError
from apps.documents.constants import EMBED_PAUSE_SECONDS
from apps.documents.ingest.pipeline import EMBED_FROM, EMBED_TO
from apps.documents.models import UNFINISHED, Document, IngestJob, JobState, JobStep
from apps.documents.services.attachments import attach
from apps.documents.services.bell import ring_library
from apps.documents.services.connection import let_go
from apps.documents.services.endings import end_reading
from apps.documents.services.families import lock_families
from apps.documents.services.publish import publish_versions
from apps.documents.services.vectors import write_vectors
from apps.gateway.errors import ContextTooLong

logger = logging.getLogger(__name__)

_HELD_UP_NO_MORE: dict[str, Any] = {"lease_until": None, "error_code": "", "error_detail": ""}


@dataclass(slots=True)
class Share:
    """What one document has in a round."""

    job: IngestJob
    workspace_id: UUID
    passage_ids: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    # Any: rows of numpy.
    vectors: list[Any] = field(default_factory=list)
    is_last: bool = True

    @property
    def places(self) -> list[tuple[int, UUID]]:
        """Each passage with its version."""
        assert self.job.version_id is not None
        return [(passage_id, self.job.version_id) for passage_id in self.passage_ids]

    def keep_embedded(self) -> None:
        """Leave what has no vector to another round."""
        done = len(self.vectors)
        if done < len(self.texts):
            self.texts, self.passage_ids, self.is_last = self.texts[:done], self.passage_ids[:done], False


def write_round(jobs: Sequence[IngestJob], shares: Sequence[Share], model: str) -> None:
    """Write the vectors of a round, publish what is whole, and give every job back, in one transaction."""
    whole = [share for share in shares if share.is_last]
    with transaction.atomic():
        # Documents first, then jobs, each in one order: everybody locks so.
        family = lock_families([share.job.document_id for share in whole])
        documents = {one.pk: one for one in Document.objects.select_related("collection").filter(pk__in=family)}
        # Those of attachments too: they end where the next version of their message brings others.
        mine = Q(pk__in=[job.pk for job in jobs], state=JobState.EMBEDDING, lease_until=jobs[0].lease_until)
        locked = IngestJob.objects.filter(mine | Q(document__in=family, state__in=UNFINISHED)).select_for_update(of=("self",)).order_by("pk")
        ids = {job.pk for job in jobs}
        held = {job.pk: job for job in locked.select_related("version") if job.pk in ids and job.lease_until == jobs[0].lease_until}
        kept = [share for share in shares if share.job.pk in held]
        write_vectors([one for share in kept for one in share.places], [one for share in kept for one in share.vectors], model)
        ready = [held[share.job.pk] for share in kept if share.is_last and share.job.document_id in documents]
        _publish(ready, documents)
        for share in kept:
            if held[share.job.pk] not in ready:
                _note_progress(share, held[share.job.pk])
        tried = {share.job.pk for share in kept}
        IngestJob.objects.filter(pk__in=held.keys() - tried, lease_until=jobs[0].lease_until).update(lease_until=None)
        for share in kept:
            transaction.on_commit(partial(ring_library, share.workspace_id, share.job.document_id))


def _publish(jobs: Sequence[IngestJob], documents: Mapping[UUID, Document]) -> None:
    """Publish what has all its vectors, few statements for all of it: others wait for their round meanwhile."""
    if not jobs:
        return
    pairs = [(documents[job.document_id], job.version) for job in jobs if job.version is not None]
    published = publish_versions(pairs)
    done = {"state": JobState.DONE, "step": JobStep.PUBLISH, "percent": 100, "passages_done": F("passages_total"), "attempt": 1}
    IngestJob.objects.filter(pk__in=[job.pk for job in jobs]).update(finished_at=timezone.now(), **done, **_HELD_UP_NO_MORE)
    # Only now, as it may end another document of this round.
    parents = {one.parent_id for one in documents.values()}
    for version in published:
        if version.attached or version.document_id in parents:
            attach(documents[version.document_id], version)
    logger.info("ingest.published", extra={"documents": [str(job.document_id) for job in jobs]})


def _note_progress(share: Share, job: IngestJob) -> None:
    done = min(job.passages_total, job.passages_done + len(share.vectors))
    percent = EMBED_FROM + (EMBED_TO - EMBED_FROM) * done // max(1, job.passages_total)
    # Only attempts without progress are counted.
    IngestJob.objects.filter(pk=job.pk).update(passages_done=done, percent=percent, attempt=0, **_HELD_UP_NO_MORE)


def put_off(shares: Iterable[Share], error: QuireError, *, attempts: int | None) -> None:
    """Try these documents again in a moment; where they may be at fault, so many attempts in all, and then the last one's error stands.

    A model that does not answer, or refuses everybody, is waited for, however long.
    """
    for share in shares:
        logger.warning("ingest.not_embedded", extra={"code": error.code, "job_id": str(share.job.pk)})
        try:
            with transaction.atomic():
                _put_off(share, error, 1 if isinstance(error, ContextTooLong) else attempts)
        finally:
            let_go()


def _put_off(share: Share, error: QuireError, attempts: int | None) -> None:
    document_id = share.job.document_id
    # The document first, then the job: everybody locks in this order.
    if Document.objects.select_for_update().filter(pk=document_id).first() is None:
        return
    held = IngestJob.objects.filter(pk=share.job.pk, state=JobState.EMBEDDING, lease_until=share.job.lease_until)
    if attempts is not None and share.job.attempt >= attempts:
        end_reading(document_id, held, error.code, error.detail)
    else:
        now = timezone.now()
        fields: dict[str, Any] = {"attempt": 0} if attempts is None else {}
        held.update(lease_until=now + timedelta(seconds=EMBED_PAUSE_SECONDS), error_code=error.code, error_detail=error.detail[:500], hinted_at=now, **fields)
    transaction.on_commit(partial(ring_library, share.workspace_id, document_id))
