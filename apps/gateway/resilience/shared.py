"""What the processes tell each other over Redis about models that are down; see `circuit.py` for who asks.

A model that is down has one key, `quire:breaker:<id>`, whose remaining life says when it may be probed; a probe has another.
Times are counted by the server's clock alone. Everything here runs in a thread of its own with connections of its own, so a
Redis that hangs holds up neither a call nor an event loop; while it is away nobody asks it for two seconds at a time.
"""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from redis.exceptions import RedisError

from apps.common.limits.breaker import Breaker as Pause
from apps.common.limits.connections import Connections

T = TypeVar("T")

PREFIX = "quire:breaker:"
# Of one answer of Redis, and of how long a call waits for leave to probe.
TIMEOUT_SECONDS, CLAIM_SECONDS = 0.2, 0.3
# How often a process in use looks at what others found out.
LOOK_SECONDS = 0.5
# For so long after its opening ended a model is known to be in need of a probe.
TRIAL_SECONDS = 600.0
# Takes back a probe's key only where it is this process's own.
_GIVE_BACK = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class Shared:
    """Openings and probes at one Redis. No method raises; what could not be told or found out is None."""

    def __init__(self, url: str, timeout: float = TIMEOUT_SECONDS) -> None:
        self._connections = Connections(url, timeout)
        self._pause = Pause()
        self._own = os.urandom(8).hex()
        # One worker: what a process says about a model arrives in its order.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="breakers")
        self._looked_at = float("-inf")
        self._looking: Future[None] | None = None

    def open(self, key: str, seconds: float) -> Future[bool | None]:
        life = round((seconds + TRIAL_SECONDS) * 1000)
        return self._submit(lambda redis: bool(redis.set(PREFIX + key, 1, px=life)))

    def close(self, key: str) -> Future[bool | None]:
        return self._submit(lambda redis: bool(redis.delete(PREFIX + key, _probe(key))))

    async def claim(self, key: str, seconds: float) -> bool | None:
        """Whether this process alone may probe; None where Redis does not say so in time."""
        claimed = self._submit(lambda redis: bool(redis.set(_probe(key), self._own, nx=True, px=round(seconds * 1000))))
        try:
            async with asyncio.timeout(CLAIM_SECONDS):
                return await asyncio.wrap_future(claimed)
        except TimeoutError:
            return None

    def give_back(self, key: str) -> None:
        self._submit(lambda redis: bool(redis.eval(_GIVE_BACK, 1, _probe(key), self._own)))

    def look_if_due(self, look: Callable[[], None]) -> None:
        """Run `look` in the background where the last time is a while ago. It costs the caller nothing."""
        now = time.monotonic()
        if now - self._looked_at >= LOOK_SECONDS and (self._looking is None or self._looking.done()):
            self._looked_at = now
            with suppress(RuntimeError):
                self._looking = self._worker.submit(look)

    def ask_remaining(self, keys: Sequence[str]) -> list[float | None] | None:
        """Seconds until each may be probed (below 0: since when), None: it is not down. For `look`: it waits for Redis."""

        # Any: as in `_submit`.
        def ask(redis: Any) -> list[float | None]:
            pipeline = redis.pipeline(transaction=False)
            for key in keys:
                pipeline.pttl(PREFIX + key)
            return [None if left < 0 else left / 1000 - TRIAL_SECONDS for left in pipeline.execute()]

        return self._ask(ask)

    def stop(self) -> None:
        self._worker.shutdown(wait=False, cancel_futures=True)

    # Any: redis-py's types leave open whether an answer is to be awaited.
    def _submit(self, work: Callable[[Any], T]) -> "Future[T | None]":
        try:
            return self._worker.submit(self._ask, work)
        except RuntimeError:
            # The process is about to end, or a test is over: nobody needs to know any more.
            told: Future[T | None] = Future()
            told.set_result(None)
            return told

    def _ask(self, work: Callable[[Any], T]) -> T | None:
        if not self._pause.may_try():
            return None
        try:
            answer = work(self._connections.sync())
        except (RedisError, OSError) as trouble:
            self._pause.failed(trouble)
            return None
        self._pause.worked()
        return answer


def _probe(key: str) -> str:
    return f"{PREFIX}{key}:probe"
