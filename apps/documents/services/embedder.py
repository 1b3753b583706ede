"""Give passages their vectors, over all documents at once, and publish each document when its last vector is there.

One embedder a machine: a second would only share the same processor. It works in rounds, each of them a claim, some calls of
the model, and one transaction. Texts are taken by turn, some of each document, so a book does not hold up a note; calls are
full, because small documents fill them together. A call lasts a moment: where somebody else comes meanwhile, the round ends
there, and who brought little is first in the next one.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime
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
    EMBED_ROUND_CHARS,
    EMBED_ROUND_JOBS,
    EMBED_ROUND_TEXTS,
    EMBED_ROUND_TEXTS_A_JOB,
    EMBED_TASK_SECONDS,
    FOLD_SECONDS,
    JOB_MAX_ATTEMPTS,
    LAST_TURN,
)
from apps.documents.ingest.pipeline import Models
from apps.documents.ingest.types import join_embedded
from apps.documents.models import IngestJob
from apps.documents.services.connection import let_go
from apps.documents.services.lease import lease_end
from apps.documents.services.models import gateway_models
from apps.documents.services.settling import Share, put_off, write_round
from apps.documents.services.slots import take_slot
from apps.documents.services.statistics import fold_changes
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
# So often in a row something waits that cannot be had, before the sweeper is left to it.
_LOOKS = 3
# So many times shorter are calls where several owners wait.
_SHORTER = 3
MakeModels = Callable[[UUID], AbstractContextManager[Models]]


def embed_waiting(*, make_models: MakeModels | None = None, clock: Callable[[], float] = time.monotonic, overlaps: bool = False) -> int:
    """Embed until nothing waits, or for ten minutes; return how many texts. At once 0 where another process of this machine does it.

    With `overlaps` a round is written, in a thread, while the next one is embedded: else a core waits for the other.
    """
    deadline, count, looks = clock() + EMBED_TASK_SECONDS, 0, 0
    folded_at = clock()
    # What waits may be held by somebody who is deleting it: it is not looked at for ever.
    while looks < _LOOKS and _is_waiting():
        looks += 1
        with take_slot("embedder") as is_free:
            if not is_free:
                return count
            with _Embedder(make_models or gateway_models, Writer(overlaps)) as embedder:
                while (done := embedder.round()) is not None:
                    count, looks = count + done, 0
                    if clock() > deadline:
                        enqueue("documents.embed")
                        return count
                    if clock() - folded_at > FOLD_SECONDS:
                        _fold()
                        folded_at = clock()
            _fold()
    return count


def _fold() -> None:
    """What was published is counted soon: how rare a word is decides which passage comes first."""
    try:
        fold_changes()
    finally:
        let_go()


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
        shares: list[Share] = []
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
            self._writer.write(partial(write_round, jobs, tried, self._name))
        return sum(len(share.vectors) for share in shares)

    @property
    def _name(self) -> str:
        return next(iter(self._models.values())).name if self._models else ""

    def _models_of(self, workspace_id: UUID) -> Models:
        if workspace_id not in self._models:
            self._models[workspace_id] = self._stack.enter_context(self._make_models(workspace_id))
        return self._models[workspace_id]

    def _take(self, jobs: Sequence[IngestJob]) -> list[Share]:
        name = self._models_of(jobs[0].document.collection.workspace_id).name
        with connection.cursor() as cursor:
            cursor.execute(_TEXTS, [[job.pk for job in jobs], [job.version_id for job in jobs], name, EMBED_ROUND_TEXTS_A_JOB + 1])
            rows = cursor.fetchall()
        let_go()
        shares = {job.pk: Share(job, job.document.collection.workspace_id) for job in jobs}
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

    def _embed(self, shares: Sequence[Share]) -> None:
        """Call the model, in the order of turns and for one workspace a call, as each pays for its own."""
        owners = {share.job.owner_id for share in shares if share.job.turn < LAST_TURN}
        is_first = True
        call_chars = self._call_chars
        if len(owners) > 1:
            # Who brought little goes first, whole, and a short call is filled up with the others'.
            shares, little = _little_first(shares)
            call_chars = min(call_chars, max(little, call_chars // _SHORTER))
        for share_group in _by_workspace(shares):
            for batch in _batches(share_group, call_chars):
                # Several owners wait for each other: whose turn it is gets published before the others go on.
                if not is_first and (len(owners) > 1 or _others_wait(owners)):
                    return
                is_first = False
                if not self._call(batch):
                    break

    def _call(self, batch: Sequence[tuple[Share, str]]) -> bool:
        """Give the texts their vectors; False where the model gives none."""
        error = self._ask(batch)
        if error is None:
            return True
        shares = {share.job.pk: share for share, _text in batch}
        if error.is_retryable or len(shares) == 1:
            put_off(shares.values(), error, attempts=None if error.is_retryable else JOB_MAX_ATTEMPTS)
            return False
        # What it refuses may be one text of one document, and the others are not at fault. Where it refuses all, none is.
        errors = {job_id: self._ask([one for one in batch if one[0].job.pk == job_id]) for job_id in shares}
        is_fine = None in errors.values()
        for job_id, refused in errors.items():
            if refused is not None:
                put_off([shares[job_id]], refused, attempts=1 if is_fine and not refused.is_retryable else None)
        return is_fine

    def _ask(self, batch: Sequence[tuple[Share, str]]) -> QuireError | None:
        texts = [text for _share, text in batch]
        begun = time.monotonic()
        try:
            vectors = self._models_of(batch[0][0].workspace_id).embed(texts)
        except QuireError as error:
            return error
        for (share, _text), vector in zip(batch, vectors, strict=True):
            share.vectors.append(vector)
        pace = sum(map(len, texts)) / max(0.001, time.monotonic() - begun)
        self._call_chars = int(min(EMBED_ROUND_CHARS, max(EMBED_CALL_CHARS / 2, pace * EMBED_CALL_SECONDS)))
        return None


def _batches(shares: Sequence[Share], call_chars: int) -> Iterator[list[tuple[Share, str]]]:
    batch: list[tuple[Share, str]] = []
    chars = 0
    for share in shares:
        for text in share.texts:
            batch.append((share, text))
            chars += len(text)
            if chars >= call_chars:
                yield batch
                batch, chars = [], 0
    if batch:
        yield batch


def _little_first(shares: Sequence[Share]) -> tuple[list[Share], int]:
    """Order by how much each owner has in the round, else by turn; return that and how many characters the first one has.

    The others' that fill the call up, and turns, which say who is in the round at all, keep anybody from waiting for ever.
    """
    brought = Counter[UUID | None]()
    for share in shares:
        if share.job.turn < LAST_TURN:
            brought[share.job.owner_id] += sum(map(len, share.texts))
    ordered = sorted(shares, key=lambda share: (share.job.turn >= LAST_TURN, brought[share.job.owner_id]))
    return ordered, min(filter(None, brought.values()), default=0)


def _by_workspace(shares: Sequence[Share]) -> list[list[Share]]:
    """Part the shares that have texts by workspace; whose turn comes first leads."""
    parted: dict[UUID, list[Share]] = {}
    for share in shares:
        if share.texts:
            parted.setdefault(share.workspace_id, []).append(share)
    return list(parted.values())


def _others_wait(owners: set[Any]) -> bool:
    try:
        # What is embedded anew is nobody's, and behind everybody.
        people = _next_jobs(timezone.now()).filter(turn__lt=LAST_TURN)
        return bool(people.exclude(owner__in=[owner for owner in owners if owner]).exists())
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
            job.lease_until, job.attempt = until, job.attempt + 1
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
