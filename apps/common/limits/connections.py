"""Redis as a charge needs it: its own connections, quick to give up, and never asked twice."""

import asyncio
from typing import Any

import redis
from redis.asyncio import BlockingConnectionPool as AsyncPool
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

CONNECTIONS_MAX = 64


class Connections:
    """One client for all threads, and one for each event loop, because a loop's connections die with it.

    redis-py would repeat a call whose answer is late: the charge would be made twice. Here nothing is repeated.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self._url = url
        self._timeout = timeout
        self._sync = redis.Redis(connection_pool=redis.ConnectionPool.from_url(url, **self._options(Retry(NoBackoff(), 0))))
        self._by_loop: dict[asyncio.AbstractEventLoop, AsyncRedis] = {}

    def sync(self) -> redis.Redis:
        return self._sync

    def of_this_loop(self) -> AsyncRedis:
        loop = asyncio.get_running_loop()
        client = self._by_loop.get(loop)
        if client is None:
            self._forget_closed_loops()
            options = self._options(AsyncRetry(NoBackoff(), 0))
            pool = AsyncPool.from_url(self._url, max_connections=CONNECTIONS_MAX, timeout=self._timeout, **options)
            client = self._by_loop[loop] = AsyncRedis(connection_pool=pool)
        return client

    def _forget_closed_loops(self) -> None:
        """Their connections close as they are collected. Weak keys would not do: a connection holds its loop."""
        for loop in [loop for loop in list(self._by_loop) if loop.is_closed()]:
            self._by_loop.pop(loop, None)

    # Any: redis-py's options are of all kinds.
    def _options(self, retry: Retry | AsyncRetry) -> dict[str, Any]:
        return {"socket_timeout": self._timeout, "socket_connect_timeout": self._timeout, "retry": retry}
