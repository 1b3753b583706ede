"""Database work from asynchronous code."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from channels.db import database_sync_to_async

P = ParamSpec("P")
T = TypeVar("T")

# Threads of their own, as many as the pool has connections: asgiref's default would put all database work of a process
# (each socket, each run) behind one thread, and Python's own threads may be busy with a model.
_THREADS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="db")


async def run_db(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run synchronous ORM code in a thread and give its connection back at once, so that none is held across a model call."""
    result: T = await database_sync_to_async(work, thread_sensitive=False, executor=_THREADS)(*args, **kwargs)
    return result
