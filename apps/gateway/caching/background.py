"""Work that nobody waits for: what is kept is written while its answer is already with its reader."""

import asyncio
from collections.abc import Coroutine
from typing import Any

# An event loop holds its tasks weakly: without this one might vanish half done.
_running: set[asyncio.Task[Any]] = set()  # Any: whatever comes of them


def start(work: Coroutine[Any, Any, None]) -> None:
    """Begin `work`, which raises nothing that anybody should know, and go on."""
    keep(asyncio.get_running_loop().create_task(work))


# Any: whatever comes of it.
def keep(task: asyncio.Task[Any]) -> None:
    _running.add(task)
    task.add_done_callback(_running.discard)


async def finish() -> None:
    """Wait for all that was begun on this loop."""
    loop = asyncio.get_running_loop()
    await asyncio.gather(*[task for task in _running if task.get_loop() is loop])
