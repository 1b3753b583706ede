"""Waiting for a run's end without holding a thread or a connection."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from apps.chat.selectors.runs import is_run_over
from apps.chat.services.doorbell import listen
from apps.common.db import run_db

LOOK_SECONDS = 0.4


async def wait_for_run(run_id: UUID, seconds: float, confirm: Callable[[], object]) -> bool:
    """Whether the run ended within `seconds`. Looks when the bell rings, and by itself more than twice a second.

    At each look `confirm` says, by raising, that whoever waits is not to wait any more: that ends the wait at once.
    """
    bell = asyncio.Event()
    listening = asyncio.create_task(listen(f"run.{run_id}", bell.set))
    deadline = time.monotonic() + seconds
    try:
        while not await run_db(_is_over, run_id, confirm):
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, LOOK_SECONDS)):
                    await bell.wait()
            bell.clear()
        return True
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


def _is_over(run_id: UUID, confirm: Callable[[], object]) -> bool:
    confirm()
    return is_run_over(run_id)
