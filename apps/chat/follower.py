"""What a page follows: a run's log, replayed from the page's number and then as the bell rings, or a library's changes.

Before anything is sent the reader is confirmed, so that nothing is sent after a change of rights but what was on its way.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any
from uuid import UUID

from apps.accounts.types import Reader
from apps.chat.events import SHOWN_MAX, document_removed, document_updated, run_event
from apps.chat.selectors.library import find_visible
from apps.chat.selectors.runs import LoggedLine, is_run_over, list_events
from apps.common.db import run_db

FALLBACK_SECONDS = 1.0
# Documents that are being read ring several times a second each: what rings within so long is one question to the database.
GATHER_SECONDS = 0.1

Send = Callable[[dict[str, Any]], Awaitable[None]]
# The reader of this moment; raises once the session or the rights are not what they were.
Confirm = Callable[[Reader], Reader]


class RunFollower:
    """Sends each event once and in order, until the terminal one. A missed ring costs at most a second; the log is what counts."""

    def __init__(self, reader: Reader, run_id: UUID, after: int, *, confirm: Confirm, send: Send) -> None:
        self._reader = reader
        self._run_id = run_id
        self._after = after
        self._confirm = confirm
        self._send = send
        self._bell = asyncio.Event()
        self._has_followed = False

    def ring(self) -> None:
        self._bell.set()

    async def follow(self) -> None:
        """Raises NotFound as soon as the run is not (or no longer) this person's, and what `confirm` raises."""
        while True:
            self._bell.clear()
            lines = await run_db(self._next_lines)
            for line in lines:
                await self._send(run_event(self._run_id, line.seq, line.type, line.payload))
                self._after = line.seq
                if line.is_terminal:
                    return
            if not lines:
                if await run_db(self._has_nothing_more):
                    return
                await self._wait()

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(FALLBACK_SECONDS):
                await self._bell.wait()

    def _has_nothing_more(self) -> bool:
        """Whether the run is over and the page, by its own number, beyond the end: it would wait for what never comes."""
        return is_run_over(self._run_id) and not self._next_lines()

    def _next_lines(self) -> list[LoggedLine]:
        lines = list(list_events(self._reader, self._run_id, self._after, has_followed=self._has_followed))
        self._has_followed = True
        if lines:
            self._reader = self._confirm(self._reader)
        return lines


class LibraryFollower:
    """Tells of documents that the reader sees, and of those that left the page's sight.

    That a document is gone is told only where the page had it: the reader saw it when the page named it, or was told of it
    on this socket. Whatever else rings stays unsaid, so that nobody learns that a hidden document is there.
    """

    def __init__(self, reader: Reader, *, confirm: Confirm, send: Send) -> None:
        self.reader = reader
        self._confirm = confirm
        self._send = send
        # In the order in which they came to be known; the oldest are forgotten first.
        self._shown: dict[UUID, None] = {}
        # What rang since the last look.
        self._rung: dict[UUID, None] = {}
        self._bell = asyncio.Event()

    def ring(self, document_id: UUID) -> None:
        self._rung[document_id] = None
        self._bell.set()

    async def follow(self) -> None:
        """Tell of what rings, for ever; raises what `confirm` raises. To be begun after `begin`, whose look is older than any ring after it."""
        while True:
            await self._bell.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._bell.clear()
            rung, self._rung = list(self._rung), {}
            await self._relay(rung)

    async def begin(self, shown: Iterable[UUID]) -> None:
        """Take what the page shows; what of it is not to be seen (any more) is told at once, absent and hidden alike."""
        named = list(shown)
        visible = await run_db(self._see, named)
        self._remember(document for document in named if document in visible)
        await self._tell_removed(document for document in named if document not in visible)

    async def _relay(self, documents: list[UUID]) -> None:
        visible = await run_db(self._see, documents)
        for document_id in documents:
            if document_id in visible:
                self._remember([document_id])
                await self._send(document_updated(str(document_id)))
            elif document_id in self._shown:
                await self._tell_removed([document_id])

    async def look_again(self) -> None:
        """After something was opened or closed: take away what is not to be seen any more."""
        shown = list(self._shown)
        visible = await run_db(self._see, shown) if shown else frozenset()
        await self._tell_removed(document for document in shown if document not in visible)

    async def _tell_removed(self, documents: Iterable[UUID]) -> None:
        for document_id in documents:
            self._shown.pop(document_id, None)
            await self._send(document_removed(str(document_id)))

    def _remember(self, documents: Iterable[UUID]) -> None:
        for document_id in documents:
            self._shown[document_id] = self._shown.pop(document_id, None)
        while len(self._shown) > SHOWN_MAX:
            del self._shown[next(iter(self._shown))]

    def _see(self, documents: list[UUID]) -> frozenset[UUID]:
        while True:
            visible = find_visible(self.reader, documents)
            asked, self.reader = self.reader, self._confirm(self.reader)
            # Where a grant changed in between, what was found may be what is hidden by now.
            if self.reader is asked:
                return visible
