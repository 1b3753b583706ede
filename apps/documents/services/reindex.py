"""After a change of the embedding model: documents that answer are embedded anew, in the background, and go on being found by words.

Each is a job like any other that waits for vectors, on nobody's account and behind all of them. What another model made goes
once a passage has its new vector.
"""

import logging

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from apps.common.queue import enqueue
from apps.documents.ingest.pipeline import EMBED_FROM
from apps.documents.models import UNFINISHED, Document, IngestJob, JobState, JobStep, Passage, PassageEmbedding
from apps.documents.services.families import lock_family
from apps.documents.services.store import fill_digests
from apps.gateway.selectors import get_embedding_model

logger = logging.getLogger(__name__)

# So many documents at a time: whoever looks at the library is not shown all of it as being indexed.
_AT_ONCE = 200
_REMOVED_AT_ONCE = 20_000
# Behind all that people wait for.
_LAST_TURN = 2**40
_REMOVE = """
    DELETE FROM documents_passageembedding WHERE id IN (
        SELECT old.id FROM documents_passageembedding AS old
        WHERE old.model <> %s
        AND EXISTS (SELECT 1 FROM documents_passageembedding AS fresh WHERE fresh.passage_id = old.passage_id AND fresh.model = %s)
        LIMIT %s
    )
"""


def reindex_documents(at_once: int = _AT_ONCE) -> bool:
    """Put documents without vectors of the model in use in line; return whether there are more than may be at a time."""
    model = get_embedding_model().name
    _remove_superseded(model)
    room = at_once - IngestJob.objects.filter(state=JobState.EMBEDDING, turn=_LAST_TURN).count()
    stale = list(_stale_documents(model)[: max(0, room) + 1])
    queued = sum(_queue(document, model) for document in stale[: max(0, room)])
    if queued:
        enqueue("documents.embed")
        logger.info("reindex.queued", extra={"documents": queued})
    return len(stale) > room


def _stale_documents(model: str) -> QuerySet[Document]:
    """Texts are embedded in their order, so a version is whole when its last passage has a vector."""
    last = Passage.objects.filter(version=OuterRef("current_version")).order_by("-ordinal").values("pk")[:1]
    unfinished = IngestJob.objects.filter(document=OuterRef("pk"), state__in=UNFINISHED)
    known = PassageEmbedding.objects.filter(passage=OuterRef("last_passage"), model=model)
    answering = Document.objects.filter(current_version__isnull=False).annotate(last_passage=Subquery(last))
    stale = answering.filter(~Exists(unfinished), ~Exists(known), last_passage__isnull=False)
    return stale.order_by("pk")


def _queue(document: Document, model: str) -> bool:
    try:
        with transaction.atomic():
            lock_family(document.pk)
            now = Document.objects.filter(pk=document.pk).first()
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
                turn=_LAST_TURN,
                passages_total=passages.count(),
                passages_done=passages.filter(embeddings__model=model).count(),
                started_at=timezone.now(),
                hinted_at=timezone.now(),
            )
    except IntegrityError:
        # A newer file of it came at this moment: it brings vectors of its own.
        return False
    return True


def _remove_superseded(model: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_REMOVE, [model, model, _REMOVED_AT_ONCE])
        if cursor.rowcount:
            logger.info("reindex.removed", extra={"vectors": cursor.rowcount})
