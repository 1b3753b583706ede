"""One page following one run: replays the log from the reader's number, then goes on as the bell rings."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

from apps.accounts.models import User
from apps.accounts.types import Reader
from apps.chat.events import run_event
from apps.chat.selectors.runs import LoggedLine, get_run_reader, list_events
from apps.common.db import run_db

FALLBACK_SECONDS = 1.0
REREAD_RIGHTS_SECONDS = 1.0

Send = Callable[[dict[str, Any]], Awaitable[None]]
Who = Callable[[], User]


class RunFollower:
    """Sends each event once and in order, until the terminal one. Session and rights are read anew at most once a second.

    A missed ring costs at most a second; the log is what counts.
    """

    def __init__(self, who: Who, run_id: UUID, after: int, send: Send) -> None:
        self._who = who
        self._run_id = run_id
        self._after = after
        self._send = send
        self._bell = asyncio.Event()
        self._reader: Reader | None = None
        self._read_rights_at = float("-inf")

    def ring(self) -> None:
        self._bell.set()

    async def follow(self) -> None:
        """Raises NotFound as soon as the run is not (or no longer) this person's, and what `who` raises."""
        while True:
            self._bell.clear()
            lines = await run_db(self._next_lines)
            for line in lines:
                await self._send(run_event(self._run_id, line.seq, line.type, line.payload))
                self._after = line.seq
                if line.is_terminal:
                    return
            if not lines:
                await self._wait()

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(FALLBACK_SECONDS):
                await self._bell.wait()

    def _next_lines(self) -> list[LoggedLine]:
        now = time.monotonic()
        if self._reader is None or now - self._read_rights_at >= REREAD_RIGHTS_SECONDS:
            self._reader = get_run_reader(self._who().pk, self._run_id)
            self._read_rights_at = now
        return list(list_events(self._reader, self._run_id, self._after))
