"""After a change of the embedding model: documents that answer are embedded anew, in the background, and go on being found by words.

Each is a job like any other that waits for vectors, on nobody's account and behind all of them. What another model made goes
once a passage has its new vector.
"""

import logging
from dataclasses import dataclass
from uuid import UUID

from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.common.queue import enqueue
from apps.documents.constants import LAST_TURN
from apps.documents.ingest.pipeline import EMBED_FROM
from apps.documents.models import UNFINISHED, Document, IngestJob, JobState, JobStep, Passage
from apps.documents.services.families import lock_family
from apps.documents.services.vectors import fill_digests
from apps.gateway.selectors import get_embedding_model

logger = logging.getLogger(__name__)

# So many documents at a time: whoever looks at the library is not shown all of it as being indexed.
_AT_ONCE = 200
_REMOVED_AT_ONCE = 20_000
# How far the documents are gone through is forgotten after so long without a look; then it begins anew.
_REMEMBERED = "documents.reindex.at"
_REMEMBERED_SECONDS = 3600
_BEGINNING = UUID(int=0)
# For which model every document was found to have vectors. Another model leaves traces; only vectors that vanished altogether wait for this.
_WHOLE = "documents.reindex.whole"
_WHOLE_SECONDS = 24 * 3600
# Texts are embedded in their order, so a version is whole when its last passage has a vector.
_STALE = """
    SELECT document.id FROM documents_document AS document
    CROSS JOIN LATERAL (
        SELECT passage.id FROM documents_passage AS passage WHERE passage.version_id = document.current_version_id ORDER BY passage.ordinal DESC LIMIT 1
    ) AS last
    WHERE document.id > %s
    AND NOT EXISTS (SELECT 1 FROM documents_passageembedding AS known WHERE known.passage_id = last.id AND known.model = %s)
    AND NOT EXISTS (SELECT 1 FROM documents_ingestjob AS job WHERE job.document_id = document.id AND job.state = ANY(%s))
    ORDER BY document.id LIMIT %s
"""
# Every model that has vectors, each by one look into `embedding_model`, which is an index of this very expression.
_OTHERS = """
    WITH RECURSIVE known(model) AS (
        (SELECT left(model, 200) FROM documents_passageembedding ORDER BY 1 LIMIT 1)
        UNION ALL
        SELECT (SELECT left(next.model, 200) FROM documents_passageembedding AS next WHERE left(next.model, 200) > known.model ORDER BY 1 LIMIT 1)
        FROM known WHERE known.model IS NOT NULL
    )
    SELECT model FROM known WHERE model <> %s
"""
_REMOVE = """
    DELETE FROM documents_passageembedding WHERE id IN (
        SELECT old.id FROM documents_passageembedding AS old
        WHERE left(old.model, 200) = ANY(%s)
        AND EXISTS (SELECT 1 FROM documents_passageembedding AS fresh WHERE fresh.passage_id = old.passage_id AND fresh.model = %s)
        LIMIT %s
    )
"""
_REMOVE_OF = """
    DELETE FROM documents_passageembedding AS old
    USING documents_document AS document, documents_passage AS passage, documents_passageembedding AS fresh
    WHERE document.id = ANY(%s) AND passage.version_id = document.current_version_id AND old.passage_id = passage.id AND old.model <> %s
    AND fresh.passage_id = passage.id AND fresh.model = %s
"""


@dataclass(frozen=True, slots=True)
class _Pass:
    """Where one time through the documents stands: they are not looked at again from the first one each minute."""

    model: str
    # All up to this one have vectors, or are in line for them.
    after: UUID = _BEGINNING
    # Put in line, and what another model made of them is still there.
    queued: tuple[UUID, ...] = ()


def reindex_documents(at_once: int = _AT_ONCE) -> bool:
    """Put documents without vectors of the model in use in line; return whether there are more than may be at a time.

    Where it returned True the next call goes on from there, so a call costs what it puts in line. Only the first of a pass
    looks for all that other models left, only the last one comes to the end; whoever has to be looked at again is in the next pass.
    """
    model = get_embedding_model().name
    at = _recall(model)
    is_first = at.after == _BEGINNING
    if is_first and not _remove_superseded(model) and cache.get(_WHOLE) == model:
        return False
    waiting = set(IngestJob.objects.filter(state=JobState.EMBEDDING, turn=LAST_TURN).values_list("document", flat=True))
    _remove_of([one for one in at.queued if one not in waiting], model)
    room = max(0, at_once - len(waiting))
    stale = _find_stale(model, at.after, room + 1)
    taken = stale[:room]
    queued = sum(_queue(one, model) for one in taken)
    if queued:
        enqueue("documents.embed")
        logger.info("reindex.queued", extra={"documents": queued})
    if has_more := len(stale) > room:
        _remember(_Pass(model, taken[-1] if taken else at.after, (*(one for one in at.queued if one in waiting), *taken)))
    else:
        cache.delete(_REMEMBERED)
        if is_first and not stale:
            cache.set(_WHOLE, model, timeout=_WHOLE_SECONDS)
    return has_more


def _recall(model: str) -> _Pass:
    """Return where the pass stands; where nobody remembers, at its beginning, which costs a look at every document."""
    known = cache.get(_REMEMBERED) or {}
    return _Pass(model, known["after"], tuple(known["queued"])) if known.get("model") == model else _Pass(model)


def _remember(at: _Pass) -> None:
    cache.set(_REMEMBERED, {"model": at.model, "after": at.after, "queued": list(at.queued)}, timeout=_REMEMBERED_SECONDS)


def _find_stale(model: str, after: UUID, count: int) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_STALE, [after, model, list(UNFINISHED), count])
        return [row[0] for row in cursor.fetchall()]


def _queue(document_id: UUID, model: str) -> bool:
    try:
        with transaction.atomic():
            lock_family(document_id)
            now = Document.objects.filter(pk=document_id).first()
            if now is None or now.current_version_id is None:
                return False
            fill_digests(now.current_version_id)
            passages = Passage.objects.filter(version=now.current_version_id)
            IngestJob.objects.create(
                document=now,
                version_id=now.current_version_id,
                state=JobState.EMBEDDING,
                step=JobStep.EMBED,
                percent=EMBED_FROM,
                turn=LAST_TURN,
                passages_total=passages.count(),
                passages_done=passages.filter(embeddings__model=model).count(),
                started_at=timezone.now(),
                hinted_at=timezone.now(),
            )
    except IntegrityError:
        # A newer file of it came at this moment: it brings vectors of its own.
        return False
    return True


def _remove_superseded(model: str) -> bool:
    """Remove what other models made of passages that have a vector of this one, wherever they are; return whether there was anything of theirs."""
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS, [model])
        others = [row[0] for row in cursor.fetchall()]
        is_over = not others
        while not is_over:
            cursor.execute(_REMOVE, [others, model, _REMOVED_AT_ONCE])
            _tell_removed(cursor.rowcount)
            is_over = cursor.rowcount < _REMOVED_AT_ONCE
    return bool(others)


def _remove_of(documents: list[UUID], model: str) -> None:
    if not documents:
        return
    with connection.cursor() as cursor:
        cursor.execute(_REMOVE_OF, [documents, model, model])
        _tell_removed(cursor.rowcount)


def _tell_removed(count: int) -> None:
    if count:
        logger.info("reindex.removed", extra={"vectors": count})
