"""Sending something long for as long as it may be sent, and no longer."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

T = TypeVar("T")


async def while_open(pieces: AsyncGenerator[T, None], look_after: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[T]:
    """Pass the pieces on until `look_after` ends, which breaks the transfer off: see `config.transfers`."""
    sending, looking = asyncio.current_task(), asyncio.create_task(look_after())
    assert sending is not None
    # Cancelled rather than asked between two pieces: one piece takes a slow reader as long as it likes.
    looking.add_done_callback(lambda ended: None if ended.cancelled() else sending.cancel())
    # Nobody waits for a generator to be closed whose reader went away.
    sending.add_done_callback(lambda _: looking.cancel())
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece
    finally:
        looking.cancel()
