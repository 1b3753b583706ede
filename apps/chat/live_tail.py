"""What is written in runs' logs this moment, for all who read along in this process: one look at Redis each 50 ms, however many they are.

A look brings the newest entries of every followed run and hands them to its followers. Whoever finds a gap, or nothing, reads Postgres.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from apps.chat.models.run_event import SEQ_PER_ATTEMPT
from apps.chat.services.streams import Entry, RunStreams, run_streams
from apps.common.per_loop import PerLoop

LOOK_SECONDS = 0.05
# Redis does not answer: followers look at Postgres by themselves meanwhile.
AWAY_SECONDS = 1.0
# Who does not come for them finds so much in Postgres.
WAITING_MAX = 500


class Feed:
    """One follower's: what was seen of its run and not taken yet."""

    def __init__(self, bell: asyncio.Event) -> None:
        self._bell = bell
        self._entries: list[Entry] = []

    def put(self, entries: list[Entry]) -> None:
        self._entries += entries
        if len(self._entries) > WAITING_MAX:
            self._entries.clear()
        self._bell.set()

    def take(self, after: int) -> list[Entry]:
        """What follows number `after` without a gap; the entry of an ending, and what lies behind a gap, say that Postgres has to be read."""
        taken: list[Entry] = []
        for entry in self._entries:
            if entry.seq <= after:
                continue
            if entry.type == "" or not (entry.seq == after + 1 or _begins_attempt(entry.seq, after)):
                break
            taken.append(entry)
            after = entry.seq
        self._entries = [entry for entry in self._entries if entry.seq > after]
        return taken

    @property
    def has_more(self) -> bool:
        """Something is there that `take` did not give."""
        return bool(self._entries)


def _begins_attempt(seq: int, after: int) -> bool:
    return seq % SEQ_PER_ATTEMPT == 1 and seq > after


class LiveTail:
    """One of each event loop; it looks while somebody reads along."""

    def __init__(self, streams: RunStreams) -> None:
        self._streams = streams
        self._feeds: dict[UUID, set[Feed]] = {}
        self._positions: dict[UUID, int] = {}
        self._looking: asyncio.Task[None] | None = None

    @contextmanager
    def following(self, run_id: UUID, after: int, bell: asyncio.Event) -> Iterator[Feed]:
        """`bell` is set whenever there is something to take."""
        feed = Feed(bell)
        self._feeds.setdefault(run_id, set()).add(feed)
        self._positions.setdefault(run_id, after)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_on())
        try:
            yield feed
        finally:
            feeds = self._feeds[run_id]
            feeds.discard(feed)
            if not feeds:
                del self._feeds[run_id], self._positions[run_id]
            if not self._feeds and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    async def _look_on(self) -> None:
        while True:
            is_away = not await self.look()
            await asyncio.sleep(AWAY_SECONDS if is_away else LOOK_SECONDS)

    async def look(self) -> bool:
        """Look once; whether Redis answered."""
        found = await self._streams.read(dict(self._positions))
        for run_id, entries in (found or {}).items():
            if run_id in self._positions:
                self._positions[run_id] = entries[-1].seq
            for feed in self._feeds.get(run_id, ()):
                feed.put(entries)
        return found is not None


live_tail = PerLoop(lambda: LiveTail(run_streams()))
