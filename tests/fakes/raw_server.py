"""A server of bytes, for tests of what speaks HTTP itself: each request is answered with what the script holds, whether HTTP or not."""

import asyncio
from contextlib import asynccontextmanager

from apps.gateway.providers.http.endpoint import make_endpoint


async def until(happens):
    """Let the event loop go on until it does."""
    async with asyncio.timeout(30):
        while not happens():  # noqa: ASYNC110 (nobody tells: it is looked at from outside)
            await asyncio.sleep(0)


class Server:
    """Answers each request of each connection with the next of `answers`, one or a list of: bytes, None for a reset, "close", or an event to wait for."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []
        self.connections = 0
        self.is_gone = asyncio.Event()
        self.endpoint = None

    async def serve(self, reader, writer):
        self.connections += 1
        try:
            while self.answers:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                self.requests.append((head, await reader.readexactly(length)))
                await self.answer(reader, writer, self.answers.pop(0))
            await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.is_gone.set()
            writer.close()

    async def answer(self, reader, writer, steps):
        for step in steps if isinstance(steps, list) else [steps]:
            match step:
                case None:
                    writer.transport.abort()
                    raise ConnectionResetError
                case "close":
                    writer.close()
                    raise ConnectionResetError
                case bytes():
                    writer.write(step)
                    await writer.drain()
                case _:
                    await until(lambda: step.is_set() or reader.at_eof() or reader.exception())  # noqa: B023 (done before the next step)


@asynccontextmanager
async def serving(*answers, **options):
    server = Server(*answers)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, **options)
    port = listening.sockets[0].getsockname()[1]
    server.endpoint = make_endpoint(f"{'https' if options else 'http'}://127.0.0.1:{port}/v1/", "/rerank", "sk-key")
    async with listening:
        yield server
