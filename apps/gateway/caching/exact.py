"""The exact cache: this process's memory first, then Redis, which all processes share and which may be slow or away.

An answer is fresh for `QUIRE_CACHE_SECONDS`. It is kept longer, for callers whose every model is down.
"""

import asyncio
import time
from collections.abc import Callable
from functools import cache

from django.conf import settings
from redis.exceptions import RedisError

from apps.common.limits.breaker import Breaker
from apps.common.limits.connections import Connections
from apps.gateway.caching import background
from apps.gateway.caching.answers import Answer, read_answer
from apps.gateway.caching.memory import Memory

# What an answer is worth waiting for: a call without a cache is a little slower, and no worse.
TIMEOUT_SECONDS = 0.25
KEPT_SECONDS = 3600
# The number is that of the form in which answers are written.
PREFIX = "quire:answer:1:"


class ExactCache:
    """Nothing here raises, and no caller waits longer than `timeout`: once Redis fails, it is left alone for a moment."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT_SECONDS, clock: Callable[[], float] = time.time, breaker: Breaker | None = None) -> None:
        self._connections = Connections(url, timeout)
        self._timeout = timeout
        self._clock = clock
        self._breaker = breaker or Breaker()
        self.memory = Memory()

    def now(self) -> float:
        return self._clock()

    def is_fresh(self, answer: Answer) -> bool:
        # One from the future was written by a clock that goes wrong, or before this one was set back.
        return abs(self.now() - answer.stored_at) < settings.QUIRE_CACHE_SECONDS

    async def find(self, key: str) -> Answer | None:
        """The newest answer that is kept, fresh or not."""
        near = self._read(self.memory.get(key))
        if near is not None and self.is_fresh(near):
            return near
        if near is None:
            # Too old for anybody, if it is there at all.
            self.memory.drop(key)
        entry = await self._ask(key)
        far = self._read(entry)
        if entry is None or far is None or (near is not None and near.stored_at >= far.stored_at):
            return near
        self.memory.put(key, entry)
        return far

    def keep(self, key: str, answer: Answer) -> None:
        """Here at once, in Redis in a moment."""
        entry = answer.to_bytes()
        self.memory.put(key, entry)
        background.start(self._tell(key, entry))

    def _read(self, entry: bytes | None) -> Answer | None:
        answer = read_answer(entry) if entry else None
        return answer if answer is not None and abs(self.now() - answer.stored_at) < KEPT_SECONDS else None

    async def _ask(self, key: str) -> bytes | None:
        if not self._breaker.may_try():
            return None
        # A caller that is cancelled, or has waited long enough, leaves its question to be answered: a connection given back
        # between question and answer would give the answer to the next caller.
        task = asyncio.create_task(self._get(key))
        background.keep(task)
        try:
            async with asyncio.timeout(self._timeout):
                return await asyncio.shield(task)
        except TimeoutError as trouble:
            self._breaker.failed(trouble)
            return None

    async def _get(self, key: str) -> bytes | None:
        started_at = time.monotonic()
        try:
            found: bytes | None = await self._connections.of_this_loop().get(PREFIX + key)
        except (RedisError, OSError) as trouble:
            self._breaker.failed(trouble)
            return None
        if time.monotonic() - started_at < self._timeout:
            self._breaker.worked()
        return found

    async def _tell(self, key: str, entry: bytes) -> None:
        if not self._breaker.may_try():
            return
        try:
            await self._connections.of_this_loop().set(PREFIX + key, entry, ex=KEPT_SECONDS)
        except (RedisError, OSError) as trouble:
            self._breaker.failed(trouble)
        else:
            self._breaker.worked()


@cache
def cache_at(url: str) -> ExactCache:
    return ExactCache(url)


def exact_cache() -> ExactCache:
    """This process's."""
    return cache_at(settings.REDIS_URL)
