"""How many retries a provider is worth: one for ten calls. Retries must not become the load that keeps a provider down."""

from threading import Lock

PER_CALL = 0.1
MOST = 10.0


class RetryBudget:
    """A bucket that each first try fills by a tenth and each retry takes one from; full at the start. For any thread."""

    def __init__(self, per_call: float = PER_CALL, most: float = MOST) -> None:
        self._per_call = per_call
        self._most = most
        self._left = most
        self._lock = Lock()

    def deposit(self) -> None:
        with self._lock:
            self._left = min(self._most, self._left + self._per_call)

    def take(self) -> bool:
        """Whether there is one to take, and if so it is taken."""
        with self._lock:
            # Ten tenths are a hair less than one.
            if self._left < 1 - 1e-9:
                return False
            self._left = max(0.0, self._left - 1)
            return True
