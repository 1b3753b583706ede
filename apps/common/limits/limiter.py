"""Charging buckets: in Redis, for all processes together; by this process alone while Redis does not answer."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from hashlib import sha1
from importlib.resources import files
from typing import Any

from django.conf import settings
from redis.exceptions import NoScriptError, RedisError

from apps.common.limits.breaker import Breaker
from apps.common.limits.buckets import LIFETIME_MAX_MS, NO_REFILL_MS, Bucket, Verdict, judge
from apps.common.limits.connections import Connections
from apps.common.limits.local import LocalBuckets
from apps.common.limits.names import PREFIX

TIMEOUT_SECONDS = 1.0

SCRIPT = files("apps.common.limits").joinpath("charge.lua").read_text(encoding="utf-8")
# By its hash the server finds a script that it has; not a matter of security.
SCRIPT_HASH = sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()


class Limiter:
    """Charges at one Redis.

    1. One script call charges all buckets or none.
    2. Where that fails or its answer does not come in time, nobody knows whether it was made: the process's own buckets
       decide, and Redis is left alone for a moment.
    """

    def __init__(self, url: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._connections = Connections(url, timeout)
        self._breaker = Breaker()
        self._local = LocalBuckets()
        self._asking: set[asyncio.Task[list[int] | None]] = set()

    def charge(self, buckets: Sequence[Bucket]) -> Verdict:
        """Take each bucket's cost from it, or nothing from any."""
        _require_distinct(buckets)
        answer = self._ask(buckets) if buckets and self._breaker.may_try() else None
        return self._judge(buckets, answer)

    async def acharge(self, buckets: Sequence[Bucket]) -> Verdict:
        """As `charge`. A caller that is cancelled leaves its question to be answered: a connection given back between
        question and answer would give the answer to the next caller.
        """
        _require_distinct(buckets)
        answer = None
        if buckets and self._breaker.may_try():
            task = asyncio.create_task(self._aask(buckets))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
            answer = await asyncio.shield(task)
        return self._judge(buckets, answer)

    def _judge(self, buckets: Sequence[Bucket], answer: list[int] | None) -> Verdict:
        if answer is None:
            return self._local.charge(buckets, int(time.monotonic() * 1000))
        return judge(buckets, answer[1:], allowed=answer[0] == 1)

    def _ask(self, buckets: Sequence[Bucket]) -> list[int] | None:
        """Return the script's answer; None where there is none."""
        question = (len(buckets), *script_keys(buckets), *script_arguments(buckets))
        # Any: redis-py's types leave open whether an answer is to be awaited.
        client: Any = self._connections.sync()
        try:
            try:
                answer = client.evalsha(SCRIPT_HASH, *question)
            except NoScriptError:
                answer = client.eval(SCRIPT, *question)
        except (RedisError, OSError) as trouble:
            self._breaker.failed(trouble)
            return None
        self._breaker.worked()
        return list(answer)

    async def _aask(self, buckets: Sequence[Bucket]) -> list[int] | None:
        question = (len(buckets), *script_keys(buckets), *script_arguments(buckets))
        client: Any = self._connections.of_this_loop()
        try:
            try:
                answer = await client.evalsha(SCRIPT_HASH, *question)
            except NoScriptError:
                answer = await client.eval(SCRIPT, *question)
        except (RedisError, OSError) as trouble:
            self._breaker.failed(trouble)
            return None
        self._breaker.worked()
        return list(answer)


def script_keys(buckets: Sequence[Bucket]) -> list[str]:
    return [PREFIX + bucket.key for bucket in buckets]


def script_arguments(buckets: Sequence[Bucket], now: int | None = None) -> list[str]:
    """Return what `charge.lua` is told. `now` is a test's; else the server's clock counts."""
    numbers = [NO_REFILL_MS, LIFETIME_MAX_MS]
    for bucket in buckets:
        numbers += [bucket.full, bucket.rate, bucket.price]
    return ["" if now is None else str(now), *map(str, numbers)]


def _require_distinct(buckets: Sequence[Bucket]) -> None:
    if len({bucket.key for bucket in buckets}) != len(buckets):
        raise ValueError("A bucket can be charged once a call; give it the whole cost.")


@cache
def limiter_at(url: str) -> Limiter:
    return Limiter(url)


def charge(buckets: Sequence[Bucket]) -> Verdict:
    """Take each bucket's cost from it, or nothing from any."""
    return limiter_at(settings.REDIS_URL).charge(buckets)


async def acharge(buckets: Sequence[Bucket]) -> Verdict:
    """`charge` on an event loop."""
    return await limiter_at(settings.REDIS_URL).acharge(buckets)


def give_back(buckets: Sequence[Bucket]) -> None:
    """Undo a charge that turned out not to count."""
    charge([replace(bucket, cost=-bucket.cost) for bucket in buckets])
