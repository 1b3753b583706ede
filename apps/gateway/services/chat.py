"""A chat call: pick the model, stream its answer, write down what it cost."""

import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import cast

from apps.gateway.errors import ModelNotFound, ProviderError
from apps.gateway.providers.registry import get_chat_provider
from apps.gateway.retries import RetryPolicy
from apps.gateway.selectors import get_chat_model
from apps.gateway.types import ChatMessage, Chunk, Principal, Usage

retry_policy = RetryPolicy()
logger = logging.getLogger(__name__)


async def complete(principal: Principal, messages: Sequence[ChatMessage], *, model: str | None = None) -> AsyncIterator[Chunk]:
    """Stream an answer to `messages`. The last chunk has the usage and why it ended. Raises ProviderError.

    Before the first chunk a passing failure is tried again, unseen; after it, the caller gets the error and decides.
    Closing the iterator stops the model.
    """
    name = get_chat_model().name
    if model is not None and model != name:
        raise ModelNotFound("There is no such model here.")
    provider = await get_chat_provider()
    record = _Record(principal, name)
    try:
        # Both are async generators, typed as the iterators that callers need.
        async with aclosing(cast(AsyncGenerator[Chunk], retry_policy.stream(lambda: provider.stream(messages)))) as chunks:
            async for chunk in chunks:
                record.note(chunk)
                yield chunk
        record.outcome = "answered"
    except ProviderError as error:
        record.outcome = error.code
        raise
    finally:
        record.write()


class _Record:
    """One line of the log about one call; never what was asked or answered."""

    def __init__(self, principal: Principal, model: str) -> None:
        self.outcome = "stopped"
        self._principal = principal
        self._model = model
        self._started = time.perf_counter()
        self._first: float | None = None
        self._usage: Usage | None = None

    def note(self, chunk: Chunk) -> None:
        if self._first is None:
            self._first = time.perf_counter()
        self._usage = chunk.usage or self._usage

    def write(self) -> None:
        usage = self._usage
        extra = {
            "model": self._model,
            "purpose": self._principal.purpose,
            "workspace_id": self._principal.workspace_id,
            "outcome": self.outcome,
            "first_ms": None if self._first is None else round((self._first - self._started) * 1000),
            "total_ms": round((time.perf_counter() - self._started) * 1000),
            "input_tokens": usage and usage.input_tokens,
            "output_tokens": usage and usage.output_tokens,
        }
        logger.info("gateway.completed", extra=extra)
