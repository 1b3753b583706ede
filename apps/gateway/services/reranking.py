"""How well each text fits a query, by a model that reads both together."""

import asyncio
import logging
import time
from collections.abc import Sequence
from functools import partial

from apps.gateway.errors import ProviderTimedOut
from apps.gateway.providers.registry import get_rerank_provider
from apps.gateway.selectors import get_rerank_model
from apps.gateway.services.objects import complete_object
from apps.gateway.types import Principal

logger = logging.getLogger(__name__)


async def rerank(principal: Principal, query: str, texts: Sequence[str]) -> list[float] | None:
    """One score a text, in their order, from 0 to 1; higher fits better. None where nothing reranks. Raises ProviderError.

    Who asks has a ranking already, so a failure is told at once and nothing is tried again; and it takes no longer than the model's `seconds`.
    """
    model = get_rerank_model()
    if model is None:
        return None
    if not texts:
        return []
    provider = await get_rerank_provider(partial(complete_object, principal))
    started = time.perf_counter()
    try:
        async with asyncio.timeout(model.seconds):
            scores = await provider.rerank(query, texts)
    except TimeoutError as error:
        raise ProviderTimedOut(f"Reranking took longer than {model.seconds:g} s.") from error
    extra = {
        "model": model.name,
        "purpose": principal.purpose,
        "workspace_id": principal.workspace_id,
        "text_count": len(texts),
        "total_ms": round((time.perf_counter() - started) * 1000, 1),
    }
    logger.debug("gateway.reranked", extra=extra)
    return scores
