"""Connections to model servers, kept open between calls: one pool an event loop, as a connection belongs to the loop it was opened in.

Ours and not a library's for what it costs: httpx2 takes 1.0 to 1.5 ms of processor time a request and 15 us a streamed piece, all over its
layers (h11, the pool, anyio, its own objects); this takes 0.1 ms and 5 us. It does what a model's answer needs and no more: a POST, no
redirects, no cookies. What goes through a proxy goes by httpx2.
"""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import AsyncGenerator
from functools import lru_cache
from time import monotonic
from typing import cast
from weakref import WeakKeyDictionary

import httpx2

from apps.gateway.providers.http.endpoint import Endpoint
from apps.gateway.providers.http.framing import AnswerParser

CONNECT_SECONDS = 5.0
# Many servers close a connection that was idle for a minute.
IDLE_SECONDS = 45.0
IDLE_CONNECTIONS = 100
# How long a whole answer may take to say that it is over before its connection is not worth keeping.
LINGER_SECONDS = 1.0
# What a slow reader may have waiting before the server is slowed down.
_HELD_BYTES = 256 * 1024
# The second address of a name is tried after so long, beside the first.
_NEXT_ADDRESS_SECONDS = 0.25

Origin = tuple[str, str, int]


@lru_cache(maxsize=1)
def ssl_context() -> ssl.SSLContext:
    """One a process: reading the system's certificates takes as long as a short answer. Providers make it before a loop waits for it."""
    return httpx2.create_ssl_context()


class DirectAnswer:
    """What came of one request; its connection is this caller's until it is closed."""

    __slots__ = ("_connection", "_parser")

    def __init__(self, connection: "Connection", parser: AnswerParser) -> None:
        self._connection: Connection | None = connection
        self._parser = parser

    @property
    def status(self) -> int:
        return self._parser.status

    @property
    def headers(self) -> dict[str, str]:
        return self._parser.headers

    async def read(self, until: float) -> bytes:
        if self._connection is None:
            raise ConnectionError("closed")
        return await self._connection.read(until)

    async def close(self, *, is_whole: bool) -> None:
        connection, self._connection = self._connection, None
        if connection:
            connection.leave(is_whole=is_whole)


class Connection(asyncio.Protocol):
    """One connection, and the answer that comes over it: between `ask` and `leave` it is one caller's."""

    def __init__(self, pool: "Pool", origin: Origin) -> None:
        self._pool, self._origin = pool, origin
        self._loop = asyncio.get_running_loop()
        self._parser: AnswerParser | None = None
        self._pieces: list[bytes] = []
        self._held = 0
        self._is_paused = self._is_left = self.is_closed = False
        self._failure: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._until = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.idle_since = 0.0

    # What the caller calls.

    def ask(self, endpoint: Endpoint, body: bytes) -> None:
        self._parser, self._failure, self._is_left = AnswerParser(), None, False
        # One write, so one packet where it fits.
        self._transport.write(b"%b%d\r\n\r\n%b" % (endpoint.head, len(body), body))

    async def begin(self, until: float) -> DirectAnswer | None:
        """Wait for the head; None where there is none, as an idle connection had been closed at the other end."""
        while not self._answer.status:
            if self._failure:
                raise self._failure
            if self.is_closed:
                if self._answer.has_begun:
                    raise ConnectionError("broken off")
                return None
            await self._wait(until)
        return DirectAnswer(self, self._answer)

    async def read(self, until: float) -> bytes:
        """What came of the body since, as one; empty at its end."""
        while not self._pieces:
            if self._answer.is_done:
                return b""
            if self._failure or self.is_closed:
                raise ConnectionError("broken off") from self._failure
            await self._wait(until)
        data = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces, self._held = [], 0
        self._resume()
        return data

    def leave(self, *, is_whole: bool) -> None:
        """A connection whose answer was whole is kept if the server, too, has said all it had to say, now or in a moment. Any other is
        closed at once, so that the model stops.
        """
        self._stop_timer()
        if not is_whole or self.is_closed:
            self.abort()
        elif self._answer.is_done:
            self._go_back()
        else:
            self._is_left = True
            self._timer = self._loop.call_later(LINGER_SECONDS, self.abort)
            self._resume()

    def abort(self) -> None:
        self._stop_timer()
        self.is_closed = True
        self._transport.abort()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Of a stream, which is what it was made for.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        parser = self._parser
        if parser is None or self._failure:
            # Nobody asked.
            self.abort()
            return
        try:
            piece = parser.feed(data)
        except ValueError as error:
            self._failure = error
            self.abort()
        else:
            if self._is_left:
                if parser.is_done:
                    self._stop_timer()
                    self._go_back()
                return
            self._hold(piece)
        self._wake()

    def eof_received(self) -> None:
        if self._parser:
            try:
                self._parser.end()
            except ValueError:
                self.is_closed = True
        # Returning nothing closes our end too.

    def connection_lost(self, exception: Exception | None) -> None:
        self.is_closed = True
        self._stop_timer()
        self._wake()

    def _hold(self, piece: bytes) -> None:
        if piece:
            self._pieces.append(piece)
            self._held += len(piece)
            if self._held > _HELD_BYTES and not self._is_paused:
                self._is_paused = True
                self._transport.pause_reading()

    def _resume(self) -> None:
        if self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()

    @property
    def _answer(self) -> AnswerParser:
        assert self._parser is not None
        return self._parser

    def _go_back(self) -> None:
        is_reusable = self._answer.is_done and self._answer.is_reusable and not self.is_closed and not self._failure
        self._parser, self._pieces, self._held = None, [], 0
        if is_reusable:
            self._pool.keep(self._origin, self)
        else:
            self.abort()

    async def _wait(self, until: float) -> None:
        """Until something comes. One timer serves all waits of an answer: it is moved when it rings, and not at each piece."""
        self._until = until
        if self._timer is None or self._timer.when() > until:
            self._stop_timer()
            self._timer = self._loop.call_at(until, self._ring)
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _ring(self) -> None:
        self._timer = None
        if self._waiter is None or self._waiter.done():
            return
        if self._loop.time() < self._until:
            self._timer = self._loop.call_at(self._until, self._ring)
        else:
            self._waiter.set_exception(TimeoutError())

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)


class Pool:
    """The idle connections of one event loop, the last used first."""

    def __init__(self) -> None:
        self._idle: dict[Origin, list[Connection]] = defaultdict(list)
        self._closing = self._close_with_the_loop()

    async def post(self, endpoint: Endpoint, body: bytes, until: float) -> DirectAnswer:
        idle = self._take(endpoint.origin)
        answer = await _ask(idle, endpoint, body, until) if idle else None
        if answer is None:
            # None was idle, or the server closed the one that was before a word of it, as it does with connections that were idle for long.
            answer = await _ask(await self._connect(endpoint), endpoint, body, until)
        if answer is None:
            raise ConnectionError("closed without an answer")
        return answer

    def keep(self, origin: Origin, connection: Connection) -> None:
        idle = self._idle[origin]
        self._forget_old(idle)
        connection.idle_since = monotonic()
        idle.append(connection)
        if len(idle) > IDLE_CONNECTIONS:
            idle.pop(0).abort()

    async def start(self) -> None:
        await anext(self._closing)

    def close(self) -> None:
        for idle in self._idle.values():
            for connection in idle:
                connection.abort()
        self._idle.clear()

    def _take(self, origin: Origin) -> Connection | None:
        idle = self._idle[origin]
        while idle:
            connection = idle.pop()
            if not connection.is_closed and monotonic() - connection.idle_since < IDLE_SECONDS:
                return connection
            connection.abort()
        return None

    def _forget_old(self, idle: list[Connection]) -> None:
        while idle and (idle[0].is_closed or monotonic() - idle[0].idle_since >= IDLE_SECONDS):
            idle.pop(0).abort()

    async def _connect(self, endpoint: Endpoint) -> Connection:
        is_secure = endpoint.scheme == "https"
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: Connection(self, endpoint.origin),
                    endpoint.host,
                    endpoint.port,
                    ssl=ssl_context() if is_secure else None,
                    happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS,
                )
        except (OSError, TimeoutError, UnicodeError) as error:
            # A time-out too: nothing was asked yet, so asking again costs nothing.
            raise ConnectionError("not reached") from error
        return connection

    async def _close_with_the_loop(self) -> AsyncGenerator[None]:
        """An event loop closes its generators before it ends, so this one closes the connections in time."""
        try:
            yield
        finally:
            self.close()
            _pools.pop(asyncio.get_running_loop(), None)


async def _ask(connection: Connection, endpoint: Endpoint, body: bytes, until: float) -> DirectAnswer | None:
    try:
        connection.ask(endpoint, body)
        return await connection.begin(until)
    except BaseException:
        connection.abort()
        raise


_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, Pool] = WeakKeyDictionary()


async def find_pool() -> Pool:
    """This loop's."""
    loop = asyncio.get_running_loop()
    pool = _pools.get(loop)
    if pool is None:
        pool = _pools[loop] = Pool()
        await pool.start()
    return pool
