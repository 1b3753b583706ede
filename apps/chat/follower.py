"""What a page follows: a run's log, replayed from the page's number and then live, or a library's changes.

Before anything is sent the reader is confirmed, so that nothing is sent after a change of rights but what was on its way.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from apps.accounts.confirming import confirmer
from apps.accounts.types import Reader
from apps.chat.events import SHOWN_MAX, document_removed, document_updated, run_event
from apps.chat.live_tail import Feed, live_tail
from apps.chat.selectors.library import find_visible
from apps.chat.selectors.runs import LoggedLine, is_run_over, list_events
from apps.chat.services.log_pump import FLUSH_SECONDS
from apps.common.db import run_db

FALLBACK_SECONDS = 1.0
# Documents that are being read ring several times a second each: what rings within so long is one question to the database.
GATHER_SECONDS = 0.1

Send = Callable[[dict[str, Any]], Awaitable[object]]
# The reader of this moment; raises once the session or the rights are not what they were.
Confirm = Callable[[Reader], Reader]


class RunFollower:
    """Sends each event once and in order, until the terminal one: what is in the log already, then what is seen of it live.

    Postgres is read at the beginning and the end, at a gap, and after a second in which nothing was seen: what counts is in it. A reader
    who came by a session is confirmed with their `session_key`.
    """

    def __init__(self, reader: Reader, run_id: UUID, after: int, *, confirm: Confirm, send: Send, session_key: str = "") -> None:
        self._reader = reader
        self._run_id = run_id
        self._after = after
        self._confirm = confirm
        self._send = send
        self._session_key = session_key
        self._bell = asyncio.Event()
        self._has_rung = self._has_followed = False

    def ring(self) -> None:
        """Something happened that Postgres tells of."""
        self._has_rung = True
        self._bell.set()

    async def follow(self) -> None:
        """Raises NotFound as soon as the run is not (or no longer) this person's, and what `confirm` raises."""
        with live_tail().following(self._run_id, self._after, self._bell) as feed:
            while True:
                self._has_rung = False
                lines = await run_db(self._next_lines)
                if await self._send_all(lines):
                    return
                if lines:
                    continue
                if await run_db(self._has_nothing_more):
                    return
                if not await self._follow_live(feed) and feed.has_more:
                    # A gap that Postgres does not fill yet: what is missing gets there four times a second.
                    await asyncio.sleep(FLUSH_SECONDS / 2)

    async def _follow_live(self, feed: Feed) -> bool:
        """Send what is seen live until Postgres has to be read again; whether that was anything."""
        has_sent = False
        while not self._has_rung:
            self._bell.clear()
            if entries := feed.take(self._after):
                await self._confirm_now()
                await self._send_all([LoggedLine(entry.seq, entry.type, entry.payload) for entry in entries])
                has_sent = True
            elif feed.has_more or not await self._has_heard():
                break
        return has_sent

    async def _confirm_now(self) -> None:
        if not await confirmer().is_unmoved(self._reader, self._session_key):
            self._reader = await run_db(self._confirm, self._reader)

    async def _has_heard(self) -> bool:
        try:
            async with asyncio.timeout(FALLBACK_SECONDS):
                await self._bell.wait()
        except TimeoutError:
            return False
        return True

    async def _send_all(self, lines: Sequence[LoggedLine]) -> bool:
        """Whether the last of them ends the run."""
        for line in lines:
            await self._send(run_event(self._run_id, line.seq, line.type, line.payload))
            self._after = line.seq
        return bool(lines) and lines[-1].is_terminal

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
