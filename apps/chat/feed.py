"""A run's events for whoever takes them at their own pace: what a stream over HTTP is made of.

`RunFollower` pushes; here it fills a small hold and waits while that is full, so a slow reader costs no memory. Nothing is held but the
events themselves: no thread, and no database connection between two looks.
"""

import asyncio
import logging
from collections import deque
from contextlib import suppress
from typing import Any, Self
from uuid import UUID

from apps.accounts.types import Reader
from apps.chat.errors import TooSlow
from apps.chat.events import encode
from apps.chat.follower import Confirm, RunFollower
from apps.chat.services.doorbell import listen
from apps.common.db import run_db
from apps.common.errors import QuireError

logger = logging.getLogger(__name__)

HELD_MAX_BYTES = 256 * 1024
# Somebody who takes nothing for so long is not waited for.
SLOW_SECONDS = 10.0
# So often the reader is confirmed while nothing happens; before events are sent the follower does it by itself.
CONFIRM_SECONDS = 0.4
READ_TOO_SLOWLY = "What was sent was not read for ten seconds. Connect again, and go on after the last number that you have."


class RunFeed:
    """Use as `async with`, then `take` until `is_over`. `after` is the number of the last event that was taken."""

    def __init__(self, reader: Reader, run_id: UUID, after: int, confirm: Confirm, *, session_key: str = "") -> None:
        self.after = after
        self._reader = reader
        self._run_id = run_id
        self._confirm = confirm
        self._follower = RunFollower(reader, run_id, after, confirm=confirm, send=self._hold, session_key=session_key)
        self._held: deque[tuple[dict[str, Any], int]] = deque()
        self._held_bytes = 0
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._error: QuireError | None = None
        self._work: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._work = asyncio.create_task(self._follow())
        return self

    async def __aexit__(self, *exception: object) -> None:
        assert self._work is not None
        self._work.cancel()
        await asyncio.gather(self._work, return_exceptions=True)

    @property
    def is_over(self) -> bool:
        """Whether everything was taken, up to the terminal event."""
        return self._work is not None and self._work.done() and not self._held

    async def take(self, seconds: float) -> dict[str, Any] | None:
        """Return the next event, or None where there was none for so long, or there are no more.

        Raise what ended the following: NotSignedIn, RightsChanged, NotFound, TooSlow. What was held until then is given to nobody.
        """
        if not self._held and not self.is_over:
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._news.wait()
        if self._error is not None:
            raise self._error
        if not self._held:
            return None
        event, size = self._held.popleft()
        self._held_bytes -= size
        self.after = event["seq"]
        self._room.set()
        return event

    async def _hold(self, event: dict[str, Any]) -> None:
        size = len(encode(event).encode())
        while self._held and self._held_bytes + size > HELD_MAX_BYTES:
            self._room.clear()
            try:
                async with asyncio.timeout(SLOW_SECONDS):
                    await self._room.wait()
            except TimeoutError:
                raise TooSlow(READ_TOO_SLOWLY) from None
        self._held.append((event, size))
        self._held_bytes += size
        self._news.set()

    async def _follow(self) -> None:
        following, minding = asyncio.create_task(self._follower.follow()), asyncio.create_task(self._mind())
        listening = asyncio.create_task(listen(f"run.{self._run_id}", self._follower.ring))
        try:
            done, _ = await asyncio.wait({following, minding}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except QuireError as error:
            self._error = error
        except Exception:
            logger.exception("feed.failed", extra={"run_id": str(self._run_id)})
            self._error = QuireError("The answer cannot be followed right now. Connect again.")
        finally:
            tasks = (following, minding, listening)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._news.set()

    async def _mind(self) -> None:
        while True:
            await asyncio.sleep(CONFIRM_SECONDS)
            self._reader = await run_db(self._confirm, self._reader)
