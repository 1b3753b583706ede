"""A bounded writer: what comes often is written many at a time, so that whoever hands it in waits for no database.

1. An entry goes into a queue in memory. The first one starts the writer's one thread.
2. The thread writes up to `batch` entries together, as soon as that many wait or the first has waited long enough.
   Between two batches it holds no connection.
3. A full queue: callers write their own entries and so wait. Nothing is lost in silence.
4. Postgres away: entries stay in the queue; those that find it full are counted, in the log and wherever `of_dropped` says.
5. The end of the process: what waits is written within EXIT_SECONDS, and what could not be is counted in the log.

A process that nobody told to `begin` (commands, tests) writes each entry at once, in the transaction of whoever is at work.
"""

import asyncio
import atexit
import logging
import os
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from threading import Condition, Thread
from typing import ClassVar, Generic, Self, TypeVar

from django.core.exceptions import ValidationError
from django.db import DataError, Error, IntegrityError, connection

T = TypeVar("T")
logger = logging.getLogger(__name__)

QUEUE_MAX = 10_000
BATCH_MAX = 500
RETRY_SECONDS = 1.0
EXIT_SECONDS = 5.0
# What no second try mends.
_REFUSALS = (DataError, IntegrityError, ValidationError, ValueError)


class BatchWriter(ABC, Generic[T]):
    """A queue and the thread that empties it. `name` begins the events of its log."""

    name: ClassVar[str]

    def __init__(self, *, capacity: int = QUEUE_MAX, batch: int = BATCH_MAX, retry_seconds: float = RETRY_SECONDS) -> None:
        self.capacity = capacity
        self.batch = batch
        self.retry_seconds = retry_seconds
        self.seconds = 0.0
        self.reset()

    # --- what each kind of entry says for itself

    @abstractmethod
    def insert(self, entries: Sequence[T]) -> None:
        """Write the entries once each, also where this is a second try because nobody knows how the first one ended."""

    def insert_at_once(self, entry: T) -> None:
        self.insert([entry])

    def describe(self, entry: T) -> dict[str, object]:
        """What the log may say of an entry that could not be written."""
        return {}

    def of_dropped(self, count: int) -> T | None:
        """An entry about those that found no room while Postgres was away."""
        return None

    # --- for everybody

    def of_process(self) -> Self:
        """Make it the process's one: its end writes what waits, and a forked child begins with an empty queue."""
        atexit.register(self.end)
        os.register_at_fork(after_in_child=self.reset)
        return self

    def reset(self) -> None:
        """Begin anew with an empty queue; in a forked child the entries and the thread are the parent's."""
        self._changed = Condition()
        self._entries: deque[T] = deque()
        self._thread: Thread | None = None
        self._is_away = False
        self._is_ending = False
        self._dropped_count = 0

    def begin(self, seconds: float) -> None:
        """From now on let entries wait up to `seconds` for others; 0 writes each at once."""
        self.seconds = seconds
        self._is_ending = False

    def write(self, entry: T) -> None:
        if self._put(entry):
            return
        try:
            _at_once(lambda: self.insert_at_once(entry))
        except Error:
            # Whoever is at work is told by their own next query; the entry is counted like those that found no room.
            self._tell(logging.ERROR, "not_written", self.describe(entry), is_traced=True)
            with self._changed:
                self._dropped_count += 1

    def end(self, seconds: float = EXIT_SECONDS) -> None:
        """Write what waits, within `seconds`; later entries are written at once."""
        with self._changed:
            self._is_ending = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(seconds)
        if lost := len(self._entries) + self._dropped_count:
            self._tell(logging.ERROR, "lost", {"count": lost})

    def _put(self, entry: T) -> bool:
        """Whether the entry is taken care of: it waits, or found no room while Postgres is away and was counted."""
        with self._changed:
            if not self.seconds or self._is_ending:
                return False
            if len(self._entries) >= self.capacity:
                if self._is_away:
                    self._dropped_count += 1
                return self._is_away
            self._entries.append(entry)
            if len(self._entries) in {1, self.batch}:
                self._changed.notify_all()
            if self._thread is None:
                self._thread = Thread(target=self._run, name=self.name, daemon=True)
                self._thread.start()
            return True

    # --- the thread

    def _run(self) -> None:
        while batch := self._next_batch():
            try:
                self._insert(batch)
            except Exception as error:  # noqa: BLE001  # the edge of a thread that has to go on
                if self._fail(error):
                    return
            else:
                self._succeed(len(batch))
            finally:
                connection.close()

    def _insert(self, entries: Sequence[T]) -> None:
        try:
            self.insert(entries)
        except _REFUSALS:
            if len(entries) > 1:
                # One that Postgres will never take must not keep the others back.
                for entry in entries:
                    self._insert([entry])
                return
            self._tell(logging.ERROR, "refused", self.describe(entries[0]))

    def _next_batch(self) -> list[T]:
        """Wait for entries and for more of them; nothing at the end. They stay in the queue until they are written."""
        with self._changed:
            self._changed.wait_for(lambda: self._entries or self._is_ending)
            self._changed.wait_for(lambda: len(self._entries) >= self.batch or self._is_ending, timeout=self.seconds)
            return list(islice(self._entries, self.batch))

    def _succeed(self, count: int) -> None:
        with self._changed:
            for _ in range(count):
                self._entries.popleft()
            self._is_away = False
            if self._dropped_count and (entry := self.of_dropped(self._dropped_count)) is not None:
                self._entries.append(entry)
                self._dropped_count = 0

    def _fail(self, error: Exception) -> bool:
        """Keep the entries and wait a little; whether the process is ending and this was the last try."""
        with self._changed:
            self._is_away = True
            extra = {"error": type(error).__name__, "waiting_count": len(self._entries), "dropped_count": self._dropped_count}
            self._tell(logging.WARNING, "write_failed", extra)
            was_ending = self._is_ending
            self._changed.wait_for(lambda: self._is_ending, timeout=self.retry_seconds)
            return was_ending

    def _tell(self, level: int, what: str, extra: Mapping[str, object], *, is_traced: bool = False) -> None:
        event = f"{self.name}.{what}"
        logger.log(level, event, extra=extra, exc_info=is_traced)


def _at_once(work: Callable[[], None]) -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        work()
        return
    # In an event loop Django does not query; the loop waits, which is what a full queue is meant to do.
    failures: list[Error] = []
    thread = Thread(target=_aside, args=(work, failures), name="written-aside")
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


def _aside(work: Callable[[], None], failures: list[Error]) -> None:
    try:
        work()
    except Error as error:
        failures.append(error)
    finally:
        connection.close()
