"""The one retry loop of the gateway. A provider's library retries nothing by itself, so a failure costs what is written here."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar, cast

from apps.gateway.errors import ProviderError, ProviderTimedOut
from apps.gateway.types import Chunk

T = TypeVar("T")
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often, and how long to wait: at random up to `base_seconds`, so that many callers do not come back at once."""

    tries: int = 2
    base_seconds: float = 0.5
    longest_seconds: float = 8.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random

    def delay(self, error: ProviderError, attempt: int) -> float | None:
        """Seconds before the next try, or None when there is none."""
        # After one long silence a reader should not sit through another.
        if attempt >= self.tries or not error.is_retryable or isinstance(error, ProviderTimedOut):
            return None
        asked: float | None = error.extra.get("retry_after")
        if asked is not None:
            return asked if asked <= self.longest_seconds else None
        return self.chance() * self.base_seconds * float(2 ** (attempt - 1))

    async def call(self, work: Callable[[], Awaitable[T]]) -> T:
        attempt = 1
        while True:
            try:
                return await work()
            except ProviderError as error:
                await self._wait_or_raise(error, attempt)
            attempt += 1

    async def stream(self, open_stream: Callable[[], AsyncIterator[Chunk]]) -> AsyncIterator[Chunk]:
        """The stream, begun again if it fails before its first chunk; what was passed on is never repeated."""
        attempt = 1
        while True:
            async with aclosing(cast(AsyncGenerator[Chunk], open_stream())) as chunks:
                is_begun = False
                try:
                    async for chunk in chunks:
                        is_begun = True
                        yield chunk
                    return
                except ProviderError as error:
                    if is_begun:
                        raise
                    await self._wait_or_raise(error, attempt)
            attempt += 1

    async def _wait_or_raise(self, error: ProviderError, attempt: int) -> None:
        delay = self.delay(error, attempt)
        if delay is None:
            raise error
        logger.warning("gateway.retried", extra={"code": error.code, "attempt": attempt, "delay_seconds": round(delay, 3)})
        await self.sleep(delay)
