"""A client that costs next to nothing: raw HTTP/1.1 on kept connections, and no more read of an answer than is told of it."""

import asyncio
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tools.gateway.script import LAST

PATIENCE_SECONDS = 60.0
_FILLER = "please describe what the keeper of a lighthouse has to write down when fog lies on the water and no ship can be seen from the gallery"


@dataclass(frozen=True)
class Address:
    """Where a gateway, or the upstream itself, is asked, and as whom."""

    base_url: str
    key: str = ""
    model: str = "first"

    def request(self, body: dict[str, Any], path: str = "/chat/completions") -> bytes:
        parts, data = urlsplit(self.base_url), json.dumps({"model": self.model, **body}).encode()
        head = f"POST {parts.path}{path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        return f"{head}Authorization: Bearer {self.key or 'none'}\r\n\r\n".encode() + data

    def look(self, path: str) -> bytes:
        """A request for something that costs the server as little as anything."""
        parts = urlsplit(self.base_url)
        return f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()


@dataclass(frozen=True)
class Order:
    """One call. `leave_after` is how many events of the stream are read before the connection is closed; None: all.

    `leave_seconds` is how long anything is waited for.
    """

    request: bytes
    leave_after: int | None = None
    leave_seconds: float = PATIENCE_SECONDS


@dataclass(frozen=True)
class Outcome:
    """`ending` is done, left, broken (the connection ended early), refused (not 200), or error (an error event in a stream)."""

    status: int
    ending: str
    seconds: float
    first_seconds: float
    body: bytes = b""


class _Reader(asyncio.Protocol):
    """The client's end of one connection."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.answer: asyncio.Future[str] | None = None
        self.is_open = True
        self.leave_after: int | None = None
        self._renew()

    def _renew(self) -> None:
        self.data = bytearray()
        self.status, self.length, self.begin, self.first_at = 0, -1, -1, 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def send(self, order: Order) -> "asyncio.Future[str]":
        self._renew()
        self.leave_after = order.leave_after
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(order.request)
        return self.answer

    def data_received(self, data: bytes) -> None:
        self.data += data
        if self.begin < 0 and not self._read_head():
            return
        if not self.first_at and len(self.data) > self.begin:
            self.first_at = time.perf_counter()
        if self.leave_after is not None and self.data.count(b"data:") >= self.leave_after:
            self._finish("left")
            self.transport.abort()
        elif self.length >= 0:
            if len(self.data) - self.begin >= self.length:
                self._finish("done")
        elif self.data.endswith(b"\r\n0\r\n\r\n"):
            self._finish("done")

    def _read_head(self) -> bool:
        end = self.data.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self.data[:end]).lower()
        self.status, self.begin = int(head[9:12]), end + 4
        at = head.find(b"\r\ncontent-length:")
        if at >= 0:
            self.length = int(head[at + 17 :].split(b"\r\n", 1)[0])
        return True

    def _finish(self, ending: str) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(ending)

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False
        self._finish("broken")


class Caller:
    """Somebody who makes one call after the other."""

    def __init__(self, address: Address) -> None:
        parts = urlsplit(address.base_url)
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 80
        self.reader: _Reader | None = None

    async def call(self, order: Order) -> Outcome:
        reader = self.reader
        if reader is None or not reader.is_open:
            _, reader = await asyncio.get_running_loop().create_connection(_Reader, self.host, self.port)
            self.reader = reader
        started = time.perf_counter()
        try:
            ending = await asyncio.wait_for(reader.send(order), order.leave_seconds)
        except TimeoutError:
            ending = "late" if order.leave_seconds == PATIENCE_SECONDS else "left"
        ended = time.perf_counter()
        body = bytes(reader.data[max(0, reader.begin) :])
        if ending in ("left", "late"):
            reader.transport.abort()
            self.reader = None
        return Outcome(reader.status, _judge(ending, reader.status, body), ended - started, (reader.first_at or ended) - started, body)

    def close(self) -> None:
        if self.reader is not None:
            self.reader.transport.abort()


def _judge(ending: str, status: int, body: bytes) -> str:
    if ending != "done":
        return ending
    if status != 200:
        return "refused"
    return "error" if b'data: {"error"' in body else "done"


def is_whole(body: bytes) -> bool:
    """Whether the last token is there."""
    return LAST.strip().encode() in body


def prompt(number: int, chance: random.Random, said: str = "") -> str:
    """Some 60 words, of which no two prompts have the same in the same order, and what the upstream is to do."""
    words = chance.choices(_FILLER.split(), k=60)
    return f"call={number} {said} {' '.join(words)}?"


def chat(text: str, *, stream: bool) -> dict[str, Any]:
    asked: dict[str, Any] = {"messages": [{"role": "system", "content": "You answer in one paragraph."}, {"role": "user", "content": text}]}
    return {**asked, "stream": True, "stream_options": {"include_usage": True}} if stream else asked


async def run_all(address: Address, orders: Sequence[Order], callers: int) -> list[Outcome]:
    """Make all calls, so many at a time, and return what came of each in their order."""
    outcomes: list[Outcome | None] = [None] * len(orders)
    waiting = iter(range(len(orders)))

    async def work() -> None:
        caller = Caller(address)
        for number in waiting:
            outcomes[number] = await caller.call(orders[number])
        caller.close()

    await asyncio.gather(*(work() for _ in range(callers)))
    return [outcome for outcome in outcomes if outcome is not None]
