"""A server in front of a server that is late: each reply waits 0-100 ms by itself, and none overtakes another on its connection."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

LATE_SECONDS = 0.1


@contextmanager
def late_server(behind: Path, socket: Path, seed: int = 0) -> Iterator[None]:
    """Listen on the Unix socket `socket` and hand everything on to the one `behind`, in a thread of its own."""
    is_ready, loop = Event(), asyncio.new_event_loop()
    chance = random.Random(seed)

    async def serve() -> None:
        server = await asyncio.start_unix_server(lambda reader, writer: _serve(behind, chance, reader, writer), socket, backlog=4096)
        is_ready.set()
        async with server:
            with suppress(asyncio.CancelledError):
                await server.serve_forever()

    task = loop.create_task(serve())
    thread = Thread(target=lambda: _run(loop, task), daemon=True)
    thread.start()
    if not is_ready.wait(10):
        raise RuntimeError("the late server does not listen")
    try:
        yield
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(10)


def _run(loop: asyncio.AbstractEventLoop, task: "asyncio.Task[None]") -> None:
    with suppress(asyncio.CancelledError):
        loop.run_until_complete(task)
    for left in asyncio.all_tasks(loop):
        left.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


async def _serve(behind: Path, chance: random.Random, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    server_reader, server_writer = await _connect(behind)
    try:
        async with asyncio.TaskGroup() as group:
            back = group.create_task(_hand_back(chance, server_reader, writer))
            while said := await reader.read(65536):
                server_writer.write(said)
                await server_writer.drain()
            back.cancel()
    except* OSError:
        pass
    finally:
        server_writer.close()
        writer.close()


async def _connect(behind: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A Unix socket refuses whoever comes while its backlog is full, which hundreds at once can do on a busy machine."""
    for _attempt in range(200):
        try:
            return await asyncio.open_unix_connection(behind)
        except (BlockingIOError, ConnectionRefusedError):
            await asyncio.sleep(0.02)
    return await asyncio.open_unix_connection(behind)


async def _hand_back(chance: random.Random, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Give each reply on when its time has come. The next is read meanwhile, so that waits do not add up."""
    replies: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    async def send() -> None:
        while True:
            due, reply = await replies.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            writer.write(reply)
            await writer.drain()

    sending = asyncio.create_task(send())
    try:
        while reply := await reader.read(65536):
            replies.put_nowait((loop.time() + chance.uniform(0, LATE_SECONDS), reply))
    finally:
        sending.cancel()
