"""An answer as a stream of events, and what becomes of it when nobody listens any more.

A client that goes away does not stop the model: what it generates is billed in any case, so it is read to its end and counted, within bounds.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

import orjson
from django.http import StreamingHttpResponse

from apps.common.errors import QuireError
from apps.gateway.openai_api.errors import error_body
from apps.gateway.openai_api.rendering import ChatRenderer
from apps.gateway.types import Chunk

logger = logging.getLogger(__name__)

DRAIN_SECONDS = 120.0
# More abandoned answers than these are stopped instead.
DRAINS_MAX = 64
_draining: set["asyncio.Task[None]"] = set()


class EventStream(StreamingHttpResponse):
    """The answer. Where it `is_billed`, `events` is gone on with by `drain` when the client is gone; else the work behind goes on by itself."""

    def __init__(self, events: AsyncGenerator[bytes, None], *, is_billed: bool = True) -> None:
        super().__init__(events, content_type="text/event-stream")
        self.headers["X-Accel-Buffering"] = "no"
        self.events = events
        self.is_billed = is_billed

    async def leave(self) -> None:
        """Nobody reads any more."""
        if self.is_billed:
            drain(self.events)
        else:
            await self.events.aclose()


async def chat_events(renderer: ChatRenderer, first: Chunk, flow: AsyncGenerator[Chunk, None]) -> AsyncGenerator[bytes, None]:
    """The answer's events. One that breaks off ends with an error and without [DONE], so that nobody takes it for whole."""
    usage = first.usage
    async with aclosing(flow):
        yield renderer.opening() + renderer.event(first)
        try:
            async for chunk in flow:
                usage = chunk.usage or usage
                if event := renderer.event(chunk):
                    yield event
        except QuireError as error:
            yield b"data: " + orjson.dumps(error_body(error)) + b"\n\n"
            return
        except Exception:
            # The status is out long since: this is the only way left to say it.
            logger.exception("openai_api.stream_failed")
            yield b"data: " + orjson.dumps(error_body(QuireError())) + b"\n\n"
            return
        yield renderer.closing(usage)


def drain(events: AsyncGenerator[bytes, None]) -> None:
    """Read a stream to its end, for nobody but the books."""
    task = asyncio.create_task(_drain(events, is_read=len(_draining) < DRAINS_MAX))
    _draining.add(task)
    task.add_done_callback(_draining.discard)


async def _drain(events: AsyncGenerator[bytes, None], *, is_read: bool) -> None:
    async with aclosing(events):
        try:
            async with asyncio.timeout(DRAIN_SECONDS if is_read else 0):
                async for _ in events:
                    pass
        except TimeoutError:
            logger.warning("openai_api.drain_cut", extra={"was_read": is_read})
