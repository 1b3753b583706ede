"""Many who want the same thing at the same moment: one goes for it, the others wait for what it brings."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """For the callers of one event loop; each loop of a process has flights of its own."""

    def __init__(self) -> None:
        self._by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Hashable, asyncio.Future[T]]] = WeakKeyDictionary()

    async def fly(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """Return what `work` brings, or what it is bringing already for this key. Its error is everybody's; who is cancelled ends it for nobody else."""
        flights = self._by_loop.setdefault(asyncio.get_running_loop(), {})
        flight = flights.get(key)
        if flight is None:
            flight = flights[key] = asyncio.ensure_future(work())
            flight.add_done_callback(lambda done: _land(flights, key, done))
        return await asyncio.shield(flight)


def _land(flights: dict[Hashable, "asyncio.Future[T]"], key: Hashable, flight: "asyncio.Future[T]") -> None:
    del flights[key]
    if not flight.cancelled():
        # Looked at, so that nobody complains where all who waited were cancelled.
        flight.exception()
