import asyncio

import pytest

from apps.chat.graph.stopping import unless_stopped, until_stopped


async def numbers(*items, log=None):
    try:
        for item in items:
            yield item
    finally:
        if log is not None:
            log.append("closed")


async def test_a_stream_that_ends_is_passed_on_whole_and_closed():
    log = []
    assert [item async for item in until_stopped(numbers(1, 2, log=log), asyncio.Event())] == [1, 2]
    assert log == ["closed"]


async def test_a_plain_iterator_needs_no_closing():
    class Once:
        def __init__(self):
            self.left = [1]

        def __aiter__(self):
            return self

        async def __anext__(self):
            if not self.left:
                raise StopAsyncIteration
            return self.left.pop()

    assert [item async for item in until_stopped(Once(), asyncio.Event())] == [1]


async def test_a_reader_that_leaves_early_closes_the_stream():
    log = []
    stream = until_stopped(numbers(1, 2, 3, log=log), asyncio.Event())
    assert await anext(stream) == 1
    await stream.aclose()
    assert log == ["closed"]


async def test_work_that_is_done_first_gives_its_result():
    async def work():
        return 5

    assert await unless_stopped(work(), asyncio.Event(), 0) == 5


async def test_work_that_fails_says_so():
    async def work():
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        await unless_stopped(work(), asyncio.Event(), 0)


async def test_stopped_work_is_cancelled():
    stop = asyncio.Event()
    stop.set()
    cancelled = []

    async def work():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    assert await unless_stopped(work(), stop, "nothing") == "nothing"
    assert cancelled == [True]
