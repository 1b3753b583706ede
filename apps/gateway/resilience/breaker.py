"""Whether it is worth asking a model: after enough failures nobody does for a while, and then one call finds out for all.

A pure state machine over an injected clock; what other processes know comes in through `hold` and `close`.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

# How long a model that is well again needs for its first word, as we tell those who wait.
PROBE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Rules:
    """When it opens, and for how long. The window is counted in slices, so it is as long as it says to one slice."""

    consecutive: int = 5
    rate: float = 0.5
    least_calls: int = 20
    window_seconds: float = 60.0
    slices: int = 12
    open_seconds: float = 60.0


@dataclass(slots=True, eq=False)
class Permit:
    """To make one call. Whoever has it says once what became of the call; a verdict from before the last change counts no more."""

    generation: int
    is_probe: bool = False


@dataclass(slots=True)
class _Slice:
    number: int
    calls: int = 0
    failures: int = 0


class Breaker:
    """Closed, open until a moment, and after it half-open: one call at a time probes, until one goes well. For any thread."""

    def __init__(self, rules: Rules | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._rules = rules or Rules()
        self._clock = clock
        self._lock = Lock()
        # Grows with each opening and closing.
        self._generation = 0
        # None: closed. Past: half-open.
        self._until: float | None = None
        self._probe: Permit | None = None
        # Until when nobody else probes.
        self._probed_until = float("-inf")
        self._consecutive = 0
        self._slices: deque[_Slice] = deque()

    @property
    def generation(self) -> int:
        return self._generation

    @property
    def is_closed(self) -> bool:
        return self._until is None

    @property
    def is_probing(self) -> bool:
        return self._probe is not None

    def admit(self, lease_seconds: float) -> Permit | None:
        """A permit, or None: leave it alone. A probe whose prober never says a word is given to somebody else after its lease."""
        with self._lock:
            if self._until is None:
                return Permit(self._generation)
            now = self._clock()
            if now < self._until or now < self._probed_until:
                return None
            self._probe = Permit(self._generation, is_probe=True)
            self._probed_until = now + lease_seconds
            return self._probe

    def wait_seconds(self) -> float:
        """How long until a call may be let through; 0 for now. A probe under way is soon over, however long its lease is."""
        with self._lock:
            if self._until is None:
                return 0.0
            now = self._clock()
            probed = min(self._probed_until - now, PROBE_SECONDS)
            return max(0.0, self._until - now, probed)

    def succeed(self, permit: Permit) -> bool:
        """Return whether this closed it."""
        with self._lock:
            if permit.is_probe:
                if permit is not self._probe:
                    return False
                self._change(None)
                # What becomes of the rest of its answer counts like any call's.
                permit.generation, permit.is_probe = self._generation, False
                return True
            if permit.generation == self._generation:
                self._consecutive = 0
                self._slice().calls += 1
            return False

    def fail(self, permit: Permit) -> bool:
        """Return whether this opened it."""
        with self._lock:
            if permit.is_probe:
                is_reason = permit is self._probe
            elif permit.generation == self._generation:
                is_reason = self._count_failure()
            else:
                is_reason = False
            if is_reason:
                self._change(self._clock() + self._rules.open_seconds)
            return is_reason

    def release(self, permit: Permit, pause_seconds: float = 0.0) -> bool:
        """No verdict: the call was stopped, was its caller's own mistake, or another process probes. Return whether it was the probe."""
        with self._lock:
            if permit is not self._probe:
                return False
            self._probe = None
            self._probed_until = self._clock() + pause_seconds
            return True

    def hold(self, seconds: float, generation: int) -> int | None:
        """Another process opened it, and it stays so for these seconds more (below 0: it waits for a probe).

        Return the generation that is now known to all; None where this one changed since it was `generation`.
        """
        with self._lock:
            if generation != self._generation:
                return None
            until = self._clock() + seconds
            if self._until is None:
                self._change(until)
            elif until > self._until:
                self._until = until
            return self._generation

    def close(self, generation: int) -> None:
        """Another process's probe went well."""
        with self._lock:
            if generation == self._generation and self._until is not None and self._probe is None:
                self._change(None)

    def _count_failure(self) -> bool:
        self._consecutive += 1
        current = self._slice()
        current.calls += 1
        current.failures += 1
        calls = sum(one.calls for one in self._slices)
        failures = sum(one.failures for one in self._slices)
        rules = self._rules
        return self._consecutive >= rules.consecutive or (calls >= rules.least_calls and failures >= rules.rate * calls)

    def _slice(self) -> _Slice:
        """That of now, with those forgotten that are too old to count."""
        number = int(self._clock() // (self._rules.window_seconds / self._rules.slices))
        while self._slices and self._slices[0].number <= number - self._rules.slices:
            self._slices.popleft()
        if not self._slices or self._slices[-1].number != number:
            self._slices.append(_Slice(number))
        return self._slices[-1]

    def _change(self, until: float | None) -> None:
        """To open until a moment, or to closed."""
        self._generation += 1
        self._until = until
        self._probe, self._probed_until = None, float("-inf")
        self._consecutive = 0
        self._slices.clear()
