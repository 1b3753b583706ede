"""Whether a failed try is made again, and after how long. This is the only retry loop's rule in the whole stack: libraries retry nothing."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from apps.gateway.errors import ProviderError


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Full jitter: anything from 0 to twice as much each time, so that many callers do not come back at once.

    What the provider asks for counts instead, unless it is more than anybody waits; then another model is asked at once.
    """

    tries: int = 3
    base_seconds: float = 0.5
    longest_seconds: float = 8.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random

    def delay(self, error: ProviderError, tries: int, seconds_left: float) -> float | None:
        """Seconds before the next try after `tries` of them, or None when there is none."""
        if not error.is_retryable or tries >= self.tries:
            return None
        asked: float | None = error.extra.get("retry_after")
        seconds = self._jitter(tries) if asked is None else asked
        return seconds if seconds <= self.longest_seconds and seconds < seconds_left else None

    def _jitter(self, tries: int) -> float:
        return self.chance() * min(self.longest_seconds, self.base_seconds * float(2 ** (tries - 1)))
