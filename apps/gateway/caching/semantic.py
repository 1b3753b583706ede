"""The semantic cache: answers to questions that are worded in another way and ask the same, within one scope.

The vectors are always those of the embedder that comes with Quire, whatever embeds the library. They only propose: of two questions
that differ by a "not" or a name they say that these are alike, so `second_look` decides.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError
from django.db.models import F
from django.utils import timezone

from apps.common.db import run_db
from apps.gateway import conf
from apps.gateway.caching import background, keys
from apps.gateway.caching.answers import Answer, read_answer
from apps.gateway.caching.second_look import is_same_question, plain
from apps.gateway.calls import Call
from apps.gateway.errors import ProviderError
from apps.gateway.models import CachedAnswer
from apps.gateway.naming import embedding_model_info

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COSINE_MIN = 0.95
LOOKED_AT = 5
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was looked up; `answer` is another one's that asks the same, or None."""

    scope: str
    workspace_id: str | None
    question: str = field(repr=False)
    vector: "NDArray[np.float32]" = field(repr=False)
    answer: Answer | None = None


def now() -> datetime:
    return timezone.now()


async def look_up(call: Call) -> Asked | None:
    """Find an answer to what `call` asks. None: nobody can tell, because the embedder or the database fails."""
    config, question = conf.embedder_config(), keys.compared_text(call)
    # Vectors of the two precisions are never compared.
    scope = keys.scope_key(call, embedding_model_info(conf.EmbeddingConfig(conf.EMBEDDED), config).name)
    try:
        vector = await _embed(question, config)
        answer = await run_db(_find, scope, question, vector, now())
    except (ProviderError, DatabaseError) as trouble:
        logger.warning("gateway.semantic_cache_away", extra={"reason": type(trouble).__name__})
        return None
    return Asked(scope, call.principal.workspace_id, question, vector, answer)


def keep(asked: Asked, answer: Answer) -> None:
    """In a moment, for `QUIRE_SEMANTIC_CACHE_HOURS`."""
    background.start(_keep(asked, answer, now() + timedelta(hours=settings.QUIRE_SEMANTIC_CACHE_HOURS)))


def forget_workspace(workspace_id: UUID) -> int:
    """Delete what is kept of a workspace; how much that was."""
    return CachedAnswer.objects.filter(workspace_id=workspace_id).delete()[0]


async def _embed(question: str, config: conf.EmbedderConfig) -> "NDArray[np.float32]":
    # Loaded by the first question: a process that compares none has no use for it.
    from apps.gateway.providers.embedded.provider import EmbeddedEmbeddingProvider

    embedded = await EmbeddedEmbeddingProvider(config).embed([plain(question)])
    vector: NDArray[np.float32] = embedded.vectors[0]
    return vector


def _find(scope: str, question: str, vector: "NDArray[np.float32]", at: datetime) -> Answer | None:
    from pgvector.django import CosineDistance

    near = CachedAnswer.objects.filter(scope=scope, expires_at__gt=at).annotate(distance=CosineDistance(F("embedding"), vector))
    for kept in near.order_by("distance", "-id").values_list("question", "answer", "distance")[:LOOKED_AT]:
        other, answer, distance = kept
        if 1 - distance > COSINE_MIN and is_same_question(question, other) and (found := read_answer(answer)):
            return found
    return None


async def _keep(asked: Asked, answer: Answer, expires_at: datetime) -> None:
    try:
        await run_db(_insert, asked, answer, expires_at)
    except DatabaseError as trouble:
        logger.warning("gateway.semantic_cache_away", extra={"reason": type(trouble).__name__})


def _insert(asked: Asked, answer: Answer, expires_at: datetime) -> None:
    CachedAnswer.objects.create(
        scope=asked.scope,
        workspace_id=asked.workspace_id,
        question=asked.question,
        embedding=asked.vector,
        answer=answer.to_json(),
        expires_at=expires_at,
    )
