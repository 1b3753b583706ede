"""Redis accepts connections and answers nothing any more: calls are answered all the same, and soon."""

import asyncio
import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

from config.embedded import Wanted, scratch_services
from tools.gateway.client import Order, Outcome, chat, is_whole, prompt, run_all
from tools.gateway.scene import Scene, running_scene

CALLERS = 10
ANSWERED_MIN = 0.999
P99_SECONDS = 2.0


class Proxy:
    """Hands on what goes to and comes from a Unix socket, on a port of its own, until it is told to keep it."""

    def __init__(self, behind: str) -> None:
        self.behind = behind
        self.port = 0
        self._flows = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._is_ready = Event()

    @contextmanager
    def running(self) -> Iterator["Proxy"]:
        thread = Thread(target=self._run, daemon=True)
        thread.start()
        self._is_ready.wait(10)
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(10)

    def stall(self) -> None:
        self._loop.call_soon_threadsafe(self._flows.clear)

    def flow(self) -> None:
        self._loop.call_soon_threadsafe(self._flows.set)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._loop.run_forever()

    async def _listen(self) -> None:
        self._flows.set()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024, family=socket.AF_INET)
        self.port = server.sockets[0].getsockname()[1]
        self._is_ready.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            there, back = await asyncio.open_unix_connection(self.behind)
            ways = [asyncio.create_task(self._hand_on(reader, back)), asyncio.create_task(self._hand_on(there, writer))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            back.close()
        writer.close()

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while said := await reader.read(65536):
                await self._flows.wait()
                writer.write(said)
                await writer.drain()


def prove_stall(count: int) -> dict[str, Any]:
    with scene_behind_proxy() as (scene, proxy):
        return stall(scene, proxy, count)


@contextmanager
def scene_behind_proxy() -> Iterator[tuple[Scene, Proxy]]:
    """A product whose Redis can be made silent."""
    services = scratch_services(Wanted(postgres=False))
    try:
        with ExitStack() as stack:
            proxy = stack.enter_context(Proxy(urlsplit(services.redis_url).path).running())
            yield stack.enter_context(running_scene({"REDIS_URL": f"redis://127.0.0.1:{proxy.port}/0"})), proxy
    finally:
        services.stop()


def stall(scene: Scene, proxy: Proxy, count: int) -> dict[str, Any]:
    """Some calls while Redis is well, then the count while it says nothing, then some while it is well again."""
    before = _calls(scene, 100, seed=1)
    proxy.stall()
    try:
        during = _calls(scene, count, seed=2)
    finally:
        proxy.flow()
    after = _calls(scene, 100, seed=3)
    return judge(before, during, after)


def judge(before: list[Outcome], during: list[Outcome], after: list[Outcome]) -> dict[str, Any]:
    answered = sum(map(_is_answered, during)) / len(during)
    p99 = _p99(during)
    problems = [f"{answered:.2%} were answered"] if answered < ANSWERED_MIN else []
    problems += [f"p99 is {p99:.1f} s"] if p99 >= P99_SECONDS else []
    lost = sum(not _is_answered(outcome) for outcome in (*before, *after))
    problems += [f"{lost} calls were not answered while Redis was well"] if lost else []
    odd = next((f"{one.status} {one.ending} {one.body[:200]!r}" for one in (*before, *during, *after) if not _is_answered(one)), "")
    figures = {"calls": len(during), "answered": round(answered, 5), "p99_ms": round(p99 * 1000), "worst_ms": round(max(one.seconds for one in during) * 1000)}
    return {**figures, "p99_ms_before": round(_p99(before) * 1000), "p99_ms_after": round(_p99(after) * 1000), "unanswered": odd, "problems": problems}


def _calls(scene: Scene, count: int, seed: int) -> list[Outcome]:
    chance = random.Random(seed)
    texts = [prompt(seed * 100_000 + number, chance) for number in range(count)]
    orders = [Order(scene.address.request(chat(text, stream=number % 2 == 0))) for number, text in enumerate(texts)]
    return asyncio.run(run_all(scene.address, orders, CALLERS))


def _is_answered(outcome: Outcome) -> bool:
    return outcome.ending == "done" and is_whole(outcome.body)


def _p99(outcomes: list[Outcome]) -> float:
    return sorted(outcome.seconds for outcome in outcomes)[int(len(outcomes) * 0.99)]
