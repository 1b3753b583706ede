"""The breaker of one model at one provider, in step with those of the other processes.

The happy path asks nobody: the breaker is this process's own, openings are told and looked up in the background. Only a call that
would probe waits for Redis, for a few hundred milliseconds at most, because one probe is for all processes together.
"""

import logging
from concurrent.futures import Future

from apps.gateway.errors import ProviderError
from apps.gateway.resilience.breaker import Breaker, Permit
from apps.gateway.resilience.shared import Shared

logger = logging.getLogger(__name__)

# While another process probes, this one asks for the probe no more often than this.
OTHERS_PROBE_SECONDS = 1.0


class Circuit:
    """`key` tells it from all others without telling anybody what it is made of; `shared` None: only this process matters."""

    def __init__(self, name: str, key: str, breaker: Breaker, shared: Shared | None) -> None:
        self.name = name
        self.key = key
        self.breaker = breaker
        self._shared = shared
        # What was told last; not done: Redis may not know it yet.
        self._told: Future[bool | None] | None = None
        # The generation that Redis was seen to know of.
        self._seen = -1

    @property
    def is_told(self) -> bool:
        return self._told is None or self._told.done()

    def wait_seconds(self) -> float:
        return self.breaker.wait_seconds()

    async def admit(self, lease_seconds: float) -> "Admission | None":
        """Leave to make one call, or None: leave it alone."""
        permit = self.breaker.admit(lease_seconds)
        if permit is None:
            return None
        if permit.is_probe and self._shared is not None and not await self._may_probe(self._shared, permit, lease_seconds):
            return None
        return Admission(self, permit)

    async def _may_probe(self, shared: Shared, permit: Permit, lease_seconds: float) -> bool:
        is_stopped = True
        try:
            # None: Redis does not answer, so this process decides alone.
            is_ours = await shared.claim(self.key, lease_seconds) is not False
            is_stopped = False
        finally:
            if is_stopped:
                self.release(permit)
        if not is_ours:
            self.breaker.release(permit, OTHERS_PROBE_SECONDS)
        return is_ours

    def succeed(self, permit: Permit) -> None:
        if self.breaker.succeed(permit):
            logger.warning("gateway.model_is_back", extra={"target": self.name})
            self._told = self._shared.close(self.key) if self._shared is not None else None

    def fail(self, permit: Permit) -> None:
        was_probe = permit.is_probe
        if self.breaker.fail(permit):
            seconds = self.wait_seconds()
            logger.warning("gateway.model_left_alone", extra={"target": self.name, "seconds": round(seconds), "was_probe": was_probe})
            if self._shared is not None:
                if was_probe:
                    self._shared.give_back(self.key)
                self._told = self._shared.open(self.key, seconds)

    def release(self, permit: Permit) -> None:
        if self.breaker.release(permit) and self._shared is not None:
            self._shared.give_back(self.key)

    def learn(self, remaining: float | None, generation: int) -> None:
        """Take over what Redis said about it when the breaker was of this generation, unless something happened here since."""
        if not self.is_told:
            return
        if remaining is not None:
            known = self.breaker.hold(remaining, generation)
            self._seen = self._seen if known is None else known
        elif self._seen == generation:
            # It was known there and is no more: another process's probe went well.
            self.breaker.close(generation)


class Admission:
    """Leave to make one call. What is said first about how the call went counts."""

    def __init__(self, circuit: Circuit, permit: Permit) -> None:
        self._circuit = circuit
        self._permit = permit
        self._is_said = False

    def begin(self) -> None:
        """The first word came: a probe knows enough."""
        if self._permit.is_probe:
            self._circuit.succeed(self._permit)

    def succeed(self) -> None:
        if not self._is_said:
            self._is_said = True
            self._circuit.succeed(self._permit)

    def fail(self, error: ProviderError) -> None:
        if error.is_callers_fault:
            self.release()
        elif not self._is_said:
            self._is_said = True
            self._circuit.fail(self._permit)

    def release(self) -> None:
        if not self._is_said:
            self._is_said = True
            self._circuit.release(self._permit)
