"""What carries the events of all runs of a process: to Redis every 50 ms, where readers see them, and to Postgres every 250 ms, where they stay.

One pipeline and one transaction for all runs together, so that two hundred of them cost hardly more than one. What Postgres has not yet
is kept here: a Redis that was emptied is filled again, and a Postgres that is away is waited for as long as a lease lasts.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.db import Error as DatabaseTrouble

from apps.chat.errors import StaleAttempt
from apps.chat.services.run_log import append_pages, find_held
from apps.chat.services.streams import STALE, UNKNOWN, NumberedEvent, Page, RunStreams, run_streams
from apps.common.db import run_db
from apps.common.per_loop import PerLoop

logger = logging.getLogger(__name__)

STREAM_SECONDS = 0.05
FLUSH_SECONDS = 0.25
RETRY_SECONDS = 0.5


class Source(Protocol):
    """One attempt's events, as the pump sees them."""

    run_id: UUID
    attempt: int

    def take_new(self) -> list[NumberedEvent]:
        """What was never handed out before."""
        ...

    def unflushed(self) -> list[NumberedEvent]:
        """What Postgres has not yet; new or handed out."""
        ...

    def flushed(self, seq: int) -> None: ...

    def fail(self, error: Exception) -> None: ...


class LogPump:
    """One of each event loop; its two tasks go while there is a source."""

    def __init__(self, streams: RunStreams) -> None:
        self._streams = streams
        self._sources: dict[UUID, Source] = {}
        self._has_new, self._has_unflushed, self._is_urgent = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._away_since: float | None = None

    def add(self, source: Source) -> None:
        self._sources[source.run_id] = source
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._stream_on()), asyncio.create_task(self._flush_on())]

    def discard(self, source: Source) -> None:
        if self._sources.get(source.run_id) is source:
            del self._sources[source.run_id]
        if not self._sources:
            for task in self._tasks:
                task.cancel()
            self._tasks = []

    def wake(self, *, is_urgent: bool = False) -> None:
        """There is something new; `is_urgent`: somebody waits until it is in Postgres."""
        self._has_new.set()
        self._has_unflushed.set()
        if is_urgent:
            self._is_urgent.set()

    # --- to Redis

    async def _stream_on(self) -> None:
        while True:
            await self._has_new.wait()
            self._has_new.clear()
            begun = time.monotonic()
            await self._unless_broken(self._stream())
            # What comes meanwhile goes together; what comes after a pause goes at once.
            await asyncio.sleep(max(0.0, begun + STREAM_SECONDS - time.monotonic()))

    async def _stream(self) -> None:
        pages = self._pages(lambda source: source.take_new())
        answers = await self._streams.append(pages) if pages else None
        if answers is None:
            return
        self._fail_all([page.run_id for page, answer in zip(pages, answers, strict=True) if answer == STALE], StaleAttempt())
        if unknown := [page for page, answer in zip(pages, answers, strict=True) if answer == UNKNOWN]:
            await self._fill_again({page.run_id: page.attempt for page in unknown})

    async def _fill_again(self, attempts: dict[UUID, int]) -> None:
        """A Redis that was emptied, or sees a run for the first time: Postgres says who holds it, and all that it has not yet goes in."""
        held = await run_db(find_held, attempts)
        self._fail_all(attempts.keys() - held, StaleAttempt())
        await self._streams.hold({run_id: attempts[run_id] for run_id in held})
        await self._streams.append([page for page in self._pages(lambda source: source.unflushed()) if page.run_id in held])

    # --- to Postgres

    async def _flush_on(self) -> None:
        while True:
            await self._has_unflushed.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_SECONDS):
                    await self._is_urgent.wait()
            self._has_unflushed.clear()
            self._is_urgent.clear()
            await self._unless_broken(self._flush())

    async def _flush(self) -> None:
        pages = self._pages(lambda source: source.unflushed())
        if not pages:
            return
        try:
            stale = await run_db(append_pages, pages)
        except DatabaseTrouble as trouble:
            await self._wait_for_database(trouble)
            return
        self._away_since = None
        self._fail_all(stale, StaleAttempt())
        for page in pages:
            if page.run_id not in stale and (source := self._sources.get(page.run_id)) and source.attempt == page.attempt:
                source.flushed(page.events[-1][0])

    async def _wait_for_database(self, trouble: DatabaseTrouble) -> None:
        """As long as the leases last; after that other processes may have the runs."""
        now = time.monotonic()
        if self._away_since is None:
            self._away_since = now
            logger.warning("run_log.database_away", extra={"reason": type(trouble).__name__})
        if now - self._away_since > settings.QUIRE_RUN_LEASE_SECONDS:
            self._away_since = None
            self._fail_all(list(self._sources), trouble)
            return
        await asyncio.sleep(RETRY_SECONDS)
        self.wake()

    # --- both

    def _pages(self, events_of: Callable[[Source], list[NumberedEvent]]) -> list[Page]:
        found = ((source, events_of(source)) for source in [*self._sources.values()])
        return [Page(source.run_id, source.attempt, events) for source, events in found if events]

    def _fail_all(self, run_ids: Sequence[UUID] | set[UUID], error: Exception) -> None:
        for run_id in run_ids:
            if source := self._sources.get(run_id):
                source.fail(error)

    async def _unless_broken(self, work: Coroutine[Any, Any, None]) -> None:
        """What nobody foresaw ends the runs of this moment, never the pump."""
        try:
            await work
        except DatabaseTrouble as trouble:
            logger.warning("run_log.not_asked", extra={"reason": type(trouble).__name__})
        except Exception as error:
            logger.exception("run_log.broken")
            self._fail_all(list(self._sources), error)


log_pump = PerLoop(lambda: LogPump(run_streams()))
