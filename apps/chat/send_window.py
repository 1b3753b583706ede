"""How much one socket may be ahead of its reader: a client that stops reading costs the server so much memory and no more."""

import asyncio
from collections import deque
from uuid import UUID

from apps.chat.errors import TooSlow

BYTES_MAX = 256 * 1024
PATIENCE_SECONDS = 10.0


class SendWindow:
    """What was sent of runs' logs and not acknowledged yet, over all runs that a socket follows."""

    def __init__(self, bytes_max: int = BYTES_MAX, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._bytes_max = bytes_max
        self._patience_seconds = patience_seconds
        self._sent: dict[UUID, deque[tuple[int, int]]] = {}
        self._bytes = 0
        self._has_room = asyncio.Event()
        self._has_room.set()

    async def room(self, run_id: UUID) -> None:
        """Wait until more may be sent; raise TooSlow, with the number to resume from, where nothing is acknowledged for too long."""
        try:
            async with asyncio.timeout(self._patience_seconds):
                await self._has_room.wait()
        except TimeoutError:
            sent = self._sent.get(run_id)
            after = sent[0][0] - 1 if sent else 0
            raise TooSlow("The page reads too slowly. It connects again and resumes.", topic="run", id=str(run_id), after=after) from None

    def sent(self, run_id: UUID, seq: int, size: int) -> None:
        self._sent.setdefault(run_id, deque()).append((seq, size))
        self._count(size)

    def acknowledge(self, run_id: UUID, seq: int) -> None:
        """All of the run up to `seq` has arrived."""
        sent = self._sent.get(run_id, deque())
        while sent and sent[0][0] <= seq:
            self._count(-sent.popleft()[1])

    def forget(self, run_id: UUID) -> None:
        """The run is not followed any more."""
        self._count(-sum(size for _, size in self._sent.pop(run_id, ())))

    def _count(self, size: int) -> None:
        self._bytes += size
        if self._bytes < self._bytes_max:
            self._has_room.set()
        else:
            self._has_room.clear()
