"""What this process knows about the health of models and providers: a breaker a model, a retry budget a provider."""

import json
import math
import os
import sys
import time
from collections.abc import Callable
from threading import Lock

from django.conf import settings

from apps.common.limits import private
from apps.gateway.resilience.breaker import Breaker, Rules
from apps.gateway.resilience.circuit import Circuit
from apps.gateway.resilience.retry_budget import RetryBudget
from apps.gateway.resilience.shared import Shared
from apps.gateway.targets import Target

# What runs in this process is not helped by being left alone, and its error says what helps.
NEVER = Rules(consecutive=sys.maxsize, rate=math.inf)


class Health:
    """Circuits and budgets, made when they are first asked for. A changed address or key is another circuit: it begins well.

    `url` is that of the Redis over which processes tell each other; None: this one keeps to itself.
    """

    def __init__(self, url: str | None, clock: Callable[[], float] = time.monotonic, rules: Rules | None = None) -> None:
        self._url = url
        self._clock = clock
        self._rules = rules or Rules()
        self._shared: Shared | None = None
        self._circuits: dict[tuple[str, ...], Circuit] = {}
        self._budgets: dict[str, RetryBudget] = {}
        self._lock = Lock()

    def circuit_of(self, target: Target, role: str) -> Circuit:
        """`role` is the kind of call: a language model that reranks too slowly may still chat."""
        if self._shared is not None:
            self._shared.look_if_due(self._look)
        known = (role, target.provider, target.model, target.base_url, target.api_key)
        return self._circuits.get(known) or self._make_circuit(known, target)

    def budget_of(self, provider: str) -> RetryBudget:
        return self._budgets.get(provider) or self._budgets.setdefault(provider, RetryBudget())

    def stop(self) -> None:
        if self._shared is not None:
            self._shared.stop()

    def _make_circuit(self, known: tuple[str, ...], target: Target) -> Circuit:
        with self._lock:
            if known not in self._circuits:
                self._circuits[known] = self._circuit(known, target)
            return self._circuits[known]

    def _circuit(self, known: tuple[str, ...], target: Target) -> Circuit:
        if target.is_embedded:
            return Circuit(target.name, "", Breaker(NEVER, self._clock), None)
        if self._url is not None:
            self._shared = self._shared or Shared(self._url)
        return Circuit(target.name, private(json.dumps(known)), Breaker(self._rules, self._clock), self._shared)

    def _look(self) -> None:
        """In the background: take over what the other processes found out."""
        with self._lock:
            asked = [(circuit, circuit.breaker.generation) for circuit in self._circuits.values() if circuit.key and circuit.is_told]
        remaining = self._shared and self._shared.ask_remaining([circuit.key for circuit, _ in asked])
        for (circuit, generation), seconds in zip(asked, remaining or (), strict=False):
            circuit.learn(seconds, generation)


_health: Health | None = None


def health() -> Health:
    global _health
    if _health is None:
        _health = Health(settings.REDIS_URL)
    return _health


def reset(new: Health | None = None) -> None:
    """Begin anew, with everybody well: for tests, and for a process that was forked."""
    global _health
    if _health is not None:
        _health.stop()
    _health = new


def _forget() -> None:
    """A forked process has none of the threads of its parent."""
    global _health
    _health = None


os.register_at_fork(after_in_child=_forget)
