"""Whether it is worth asking Redis: after a failure nobody does for a moment, so that one that hangs costs few people a second."""

import logging
import time
from collections.abc import Callable
from threading import Lock

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 2.0


class Breaker:
    """Closed while Redis answers. Once it fails, one caller every `pause` seconds tries again; the others need not."""

    def __init__(self, pause: float = PAUSE_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause = pause
        self._clock = clock
        self._try_again_at: float | None = None
        self._lock = Lock()

    def may_try(self) -> bool:
        with self._lock:
            if self._try_again_at is None:
                return True
            if self._clock() < self._try_again_at:
                return False
            # Taken by this caller: whoever comes while it waits for its answer goes without.
            self._try_again_at = self._clock() + self._pause
            return True

    def worked(self) -> None:
        with self._lock:
            self._try_again_at = None

    def failed(self, trouble: Exception) -> None:
        with self._lock:
            is_new = self._try_again_at is None
            self._try_again_at = self._clock() + self._pause
        if is_new:
            logger.warning("limits.redis_away", extra={"reason": type(trouble).__name__})
