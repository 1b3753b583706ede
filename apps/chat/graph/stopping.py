"""Waiting that a stop ends at once, even while the other side stays silent."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


async def until_stopped(stream: AsyncIterator[T], stop: asyncio.Event) -> AsyncIterator[T]:
    """Yield from `stream` until it ends or `stop` is set; either way the stream is closed."""
    stopping = asyncio.create_task(stop.wait())
    try:
        while True:
            upcoming = asyncio.ensure_future(_next(stream))
            try:
                await asyncio.wait({upcoming, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not upcoming.done():
                    return
                has_item, item = upcoming.result()
            finally:
                await _discard(upcoming)
            if not has_item or item is None:
                return
            yield item
    finally:
        await _discard(stopping)
        if close := getattr(stream, "aclose", None):
            await close()


async def unless_stopped(work: Coroutine[Any, Any, T], stop: asyncio.Event, otherwise: T) -> T:
    """The result of `work`, or `otherwise` (and `work` cancelled) as soon as `stop` is set."""
    task = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else otherwise
    finally:
        await _discard(stopping)
        await _discard(task)


async def _next(stream: AsyncIterator[T]) -> tuple[bool, T | None]:
    try:
        return True, await anext(stream)
    except StopAsyncIteration:
        return False, None


async def _discard(task: "asyncio.Future[Any]") -> None:
    if not task.done():
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
