"""Which run of the agent a call belongs to: what is asked of models while one is carried out, by whichever function, is found by it again."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

_run: ContextVar[UUID | None] = ContextVar("run", default=None)


@contextmanager
def calls_of_run(run_id: UUID) -> Iterator[None]:
    """Have each call that is opened inside, also by tasks that are begun inside, name this run in the log of calls."""
    token = _run.set(run_id)
    try:
        yield
    finally:
        _run.reset(token)


def current_run() -> UUID | None:
    return _run.get()
