"""One call on its way from target to target: who is asked next, when, and what the asker is told when nobody is left."""

import logging
import math

from apps.gateway.calls import Call, Kind
from apps.gateway.errors import AllTargetsDown, ContextTooLong, ModelNotFound, ProviderError, ProviderTimedOut
from apps.gateway.resilience.circuit import Admission, Circuit
from apps.gateway.resilience.fallback import larger, order
from apps.gateway.resilience.health import Health
from apps.gateway.resilience.policy import RetryPolicy
from apps.gateway.targets import Target

logger = logging.getLogger(__name__)

# What a prober has beside the time to its first word: for connecting, and for saying how it went.
SPARE_SECONDS = 10.0


class Asking:
    """`admit` before each try; after a failed one `go_on`, which waits for the next or raises what the asker is told."""

    def __init__(self, call: Call, health: Health, policy: RetryPolicy, seconds: float) -> None:
        self._call = call
        self._health = health
        self._policy = policy
        self._deadline = call.started_at + seconds
        self._left = order(call.route, policy.chance)
        self._is_only_one = len(self._left) == 1
        self._tries = 0
        self._skipped: list[Circuit] = []
        # The last error of each target that was asked.
        self._failed: dict[str, tuple[Circuit, ProviderError]] = {}

    def seconds_left(self) -> float:
        return self._deadline - self._call.clock()

    async def admit(self) -> tuple[Target, Admission]:
        """The next target that may be asked. Raises ProviderError where there is none."""
        while self._left:
            target = self._left[0]
            circuit = self._circuit_of(target)
            admission = await circuit.admit(target.first_token_seconds + SPARE_SECONDS)
            if admission is not None:
                if self._tries == 0:
                    self._health.budget_of(target.provider).deposit()
                self._tries += 1
                return target, admission
            self._skipped.append(circuit)
            self._next()
        raise self._last_word()

    async def go_on(self, error: ProviderError) -> None:
        target = self._left[0]
        self._failed[target.name] = self._circuit_of(target), error
        if self.seconds_left() <= 0:
            raise error
        if error.is_callers_fault:
            self._left = larger(self._left, target) if isinstance(error, ContextTooLong) else []
            self._tries = 0
            if not self._left:
                raise error
            return
        delay = self._delay(target, error)
        if delay is None:
            self._next()
        else:
            logger.warning("gateway.retried", extra={"target": target.name, "code": error.code, "tries": self._tries, "delay_seconds": round(delay, 3)})
            await self._policy.sleep(delay)

    def _delay(self, target: Target, error: ProviderError) -> float | None:
        # After one long silence a reader should not sit through another, where somebody else may answer.
        is_over = isinstance(error, ProviderTimedOut) and len(self._left) > 1
        if is_over or self._call.kind is Kind.RERANK or self._circuit_of(target).wait_seconds() > 0:
            return None
        delay = self._policy.delay(error, self._tries, self.seconds_left())
        return delay if delay is not None and self._health.budget_of(target.provider).take() else None

    def _next(self) -> None:
        del self._left[0]
        self._tries = 0

    def _circuit_of(self, target: Target) -> Circuit:
        return self._health.circuit_of(target, self._call.route.kind)

    def _last_word(self) -> ProviderError:
        errors = [error for _, error in self._failed.values()]
        if errors and (self._is_only_one or isinstance(errors[-1], ContextTooLong)):
            return errors[-1]
        if errors and not self._skipped and not any(error.is_retryable for error in errors):
            # No waiting helps; the first one's words say what an operator has to do.
            return errors[0]
        waits = [circuit.wait_seconds() for circuit in self._skipped]
        waits += [max(circuit.wait_seconds(), error.extra.get("retry_after") or 0.0) for circuit, error in self._failed.values() if error.is_retryable]
        if not waits:
            return ModelNotFound(f"No model is in use under the name {self._call.route.name}. An operator gives the route one.")
        return _all_down(self._call, max(1, math.ceil(min(waits))))


def _all_down(call: Call, seconds: int) -> AllTargetsDown:
    # A program's question is nobody's to keep.
    is_kept = call.kind is Kind.CHAT and call.principal.api_key_id is None
    again = f"try again in {seconds} second{'' if seconds == 1 else 's'}."
    words = f"Your question is kept; {again}" if is_kept else again.capitalize()
    return AllTargetsDown(f"No model can answer at the moment. {words}", retry_after=seconds)
