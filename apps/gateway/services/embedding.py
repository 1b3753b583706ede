"""Texts into vectors, for one question as for a whole book."""

import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from apps.gateway.providers.registry import get_embedding_provider
from apps.gateway.retries import RetryPolicy
from apps.gateway.selectors import get_embedding_model
from apps.gateway.types import Principal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

retry_policy = RetryPolicy()
logger = logging.getLogger(__name__)


async def embed(principal: Principal, texts: Sequence[str]) -> "NDArray[np.float32]":
    """One row a text, in their order, each of length 1. Nothing blocks the event loop. Raises ProviderError.

    What is longer than the model's window is cut there without a word, so cut before if all of it matters.
    """
    provider = await get_embedding_provider()
    started = time.perf_counter()
    vectors = await retry_policy.call(lambda: provider.embed(texts))
    milliseconds = round((time.perf_counter() - started) * 1000, 1)
    extra = {
        "model": get_embedding_model().name,
        "purpose": principal.purpose,
        "workspace_id": principal.workspace_id,
        "text_count": len(texts),
        "total_ms": milliseconds,
    }
    logger.debug("gateway.embedded", extra=extra)
    return vectors
