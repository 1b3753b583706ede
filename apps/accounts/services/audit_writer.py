"""The bounded writer behind `note`: many entries in one INSERT, so that an API request pays for none of it.

1. An entry goes into a queue in memory. The first one starts the process's one thread.
2. The thread writes up to BATCH_MAX entries a statement, as soon as that many wait or the first has waited long enough.
   Between two batches it holds no connection.
3. A full queue: callers write their own entries and so wait. Nothing is lost in silence.
4. Postgres away: entries stay in the queue; those that find it full are counted, in the log and, once Postgres is back,
   in one entry `audit.dropped`.
5. The end of the process: what waits is written within EXIT_SECONDS, and what could not be is counted in the log.

A process that nobody told to `begin` (commands, tests) writes each entry at once, in the transaction of whoever is at work.
"""

import asyncio
import atexit
import logging
import os
from collections import deque
from collections.abc import Sequence
from itertools import islice
from threading import Condition, Thread

from django.conf import settings
from django.db import DataError, Error, IntegrityError, connection

from apps.accounts.models import AuditEntry

logger = logging.getLogger(__name__)

QUEUE_MAX = 10_000
BATCH_MAX = 500
RETRY_SECONDS = 1.0
EXIT_SECONDS = 5.0
_IDS = "SELECT nextval(pg_get_serial_sequence('accounts_auditentry', 'id')) FROM generate_series(1, %s)"


class AuditWriter:
    """A queue and the thread that empties it."""

    def __init__(self, *, capacity: int = QUEUE_MAX, batch: int = BATCH_MAX, retry_seconds: float = RETRY_SECONDS) -> None:
        self.capacity = capacity
        self.batch = batch
        self.retry_seconds = retry_seconds
        self.seconds = 0.0
        self.reset()

    def reset(self) -> None:
        """Begin anew with an empty queue; in a forked child the entries and the thread are the parent's."""
        self._changed = Condition()
        self._entries: deque[AuditEntry] = deque()
        self._thread: Thread | None = None
        self._is_away = False
        self._is_ending = False
        self._dropped_count = 0

    def begin(self, seconds: float) -> None:
        """From now on let entries wait up to `seconds` for others; 0 writes each at once."""
        self.seconds = seconds
        self._is_ending = False

    def write(self, entry: AuditEntry) -> None:
        if self._put(entry):
            return
        try:
            _write_at_once(entry)
        except Error:
            # Whoever is at work is told by their own next query; the entry is counted like those that found no room.
            logger.exception("audit.not_written", extra={"action": entry.action})
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
            logger.error("audit.lost", extra={"count": lost})

    def _put(self, entry: AuditEntry) -> bool:
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
                self._thread = Thread(target=self._run, name="audit", daemon=True)
                self._thread.start()
            return True

    # --- the thread

    def _run(self) -> None:
        while batch := self._next_batch():
            try:
                _insert(batch)
            except Exception as error:  # noqa: BLE001  # the edge of a thread that has to go on
                if self._fail(error):
                    return
            else:
                self._succeed(len(batch))
            finally:
                connection.close()

    def _next_batch(self) -> list[AuditEntry]:
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
            if self._dropped_count:
                self._entries.append(AuditEntry(action="audit.dropped", detail={"count": self._dropped_count}))
                self._dropped_count = 0

    def _fail(self, error: Exception) -> bool:
        """Keep the entries and wait a little; whether the process is ending and this was the last try."""
        with self._changed:
            self._is_away = True
            extra = {"error": type(error).__name__, "waiting_count": len(self._entries), "dropped_count": self._dropped_count}
            logger.warning("audit.write_failed", extra=extra)
            was_ending = self._is_ending
            self._changed.wait_for(lambda: self._is_ending, timeout=self.retry_seconds)
            return was_ending


def _insert(entries: Sequence[AuditEntry]) -> None:
    """Write the entries once each, also where this is a second try because nobody knows how the first one ended."""
    if new := [entry for entry in entries if not entry.pk]:
        with connection.cursor() as cursor:
            cursor.execute(_IDS, [len(new)])
            for entry, (number,) in zip(new, cursor.fetchall(), strict=True):
                entry.pk = number
    try:
        AuditEntry.objects.bulk_create(entries, ignore_conflicts=True)
    except (DataError, IntegrityError, ValueError):
        if len(entries) > 1:
            # One that Postgres will never take must not keep the others back.
            for entry in entries:
                _insert([entry])
            return
        logger.error("audit.refused", extra={"action": entries[0].action[:60]})


def _write_at_once(entry: AuditEntry) -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        entry.save(force_insert=True)
        return
    # In an event loop Django does not query; the loop waits, which is what a full queue is meant to do.
    failures: list[Error] = []
    thread = Thread(target=_write_aside, args=(entry, failures), name="audit-aside")
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


def _write_aside(entry: AuditEntry, failures: list[Error]) -> None:
    try:
        entry.save(force_insert=True)
    except Error as error:
        failures.append(error)
    finally:
        connection.close()


WRITER = AuditWriter()
atexit.register(WRITER.end)
os.register_at_fork(after_in_child=WRITER.reset)


def begin() -> None:
    """For a process that lives long: write in batches from now on. It is ended by itself at the end of the interpreter."""
    WRITER.begin(settings.QUIRE_AUDIT_BATCH_MS / 1000)
