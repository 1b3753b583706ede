"""The agents process: claims runs, carries them out side by side, keeps their leases, and leaves in good order.

Everything it must know stands in Postgres. The bell makes it quick; without it, it looks each second. A Postgres that
is away costs one line in the log until it is back; runs whose lease runs out meanwhile are taken up again.
"""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.conf import settings
from django.db import Error as DatabaseTrouble

from apps.chat.services.leases import Claim, Disturbance, claim_runs, find_disturbances, hand_over, renew_leases
from apps.chat.services.streams import run_streams
from apps.common.db import run_db
from apps.common.logs import bind

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
WATCH_SECONDS = 0.25
GRACE_SECONDS = 10.0
RENEWALS_PER_LEASE = 3

T = TypeVar("T")
# A claimed run, what is set when it has to stop, and what is set when its asker's rights may be others.
Execute = Callable[[Claim, asyncio.Event, asyncio.Event], Awaitable[None]]


@dataclass(slots=True)
class _Held:
    claim: Claim
    stop: asyncio.Event
    moved: asyncio.Event
    task: "asyncio.Task[None]"
    epoch: int


@dataclass
class AgentsProcess:
    """`run()` works until `leave()` is called, then finishes what it can within `grace_seconds` and hands over the rest."""

    execute: Execute
    concurrency: int
    grace_seconds: float = GRACE_SECONDS
    name: str = field(default_factory=lambda: f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid4().hex[:6]}")

    def __post_init__(self) -> None:
        self._held: dict[UUID, _Held] = {}
        self._leaving = asyncio.Event()
        # One for each listener: who hears the bell also stills it.
        self._claim_bell = asyncio.Event()
        self._watch_bell = asyncio.Event()
        self._has_database = True

    @property
    def held_count(self) -> int:
        return len(self._held)

    def ring(self) -> None:
        """Look now: a run was asked or stopped, or a place came free."""
        self._claim_bell.set()
        self._watch_bell.set()

    def leave(self) -> None:
        self._leaving.set()
        self._claim_bell.set()

    async def run(self) -> None:
        watching = asyncio.create_task(self._watch())
        try:
            while not self._leaving.is_set():
                await self._claim()
                await _heard(self._claim_bell, POLL_SECONDS)
            await self._finish()
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    # --- claiming

    async def _claim(self) -> None:
        free = self.concurrency - len(self._held)
        claims = await self._ask_database(claim_runs, self.name, free) if free > 0 else None
        if claims:
            await run_streams().hold({claim.run_id: claim.attempt for claim in claims})
        for claim in claims or ():
            stop, moved = asyncio.Event(), asyncio.Event()
            task = asyncio.create_task(self._carry_out(claim, stop, moved))
            self._held[claim.run_id] = _Held(claim, stop, moved, task, claim.epoch)

    async def _carry_out(self, claim: Claim, stop: asyncio.Event, moved: asyncio.Event) -> None:
        bind(run_id=str(claim.run_id))
        logger.info("run.claimed", extra={"attempt": claim.attempt})
        try:
            await self.execute(claim, stop, moved)
        except DatabaseTrouble as trouble:
            logger.warning("run.abandoned", extra={"attempt": claim.attempt, "reason": type(trouble).__name__})
        finally:
            del self._held[claim.run_id]
            self._claim_bell.set()

    # --- leases, stops and rights

    async def _watch(self) -> None:
        """Every 250 ms: pass on stops and changes of rights. Three times a lease: renew, and drop what another process took."""
        renewed_at = time.monotonic()
        while True:
            await _heard(self._watch_bell, WATCH_SECONDS)
            held = {run_id: one.claim.attempt for run_id, one in self._held.items()}
            if not held:
                renewed_at = time.monotonic()
                continue
            for one in await self._ask_database(find_disturbances, {run_id: one.epoch for run_id, one in self._held.items()}) or ():
                self._pass_on(one)
            if time.monotonic() - renewed_at >= settings.QUIRE_RUN_LEASE_SECONDS / RENEWALS_PER_LEASE:
                kept = await self._ask_database(renew_leases, held)
                if kept is not None:
                    renewed_at = time.monotonic()
                    self._drop_all_but(kept, held)

    def _pass_on(self, disturbance: Disturbance) -> None:
        held = self._held.get(disturbance.run_id)
        if held is None:
            return
        if disturbance.is_cancelled:
            held.stop.set()
        if disturbance.is_moved:
            held.epoch = disturbance.epoch
            held.moved.set()

    def _drop_all_but(self, kept: set[UUID], asked: Mapping[UUID, int]) -> None:
        for run_id in asked.keys() - kept:
            one = self._held.get(run_id)
            if one is not None and one.claim.attempt == asked[run_id]:
                logger.warning("run.lost", extra={"run_id": str(run_id), "attempt": one.claim.attempt})
                one.task.cancel()

    # --- leaving

    async def _finish(self) -> None:
        tasks = {one.task for one in self._held.values()}
        logger.info("agents.leaving", extra={"run_count": len(tasks)})
        if tasks:
            await asyncio.wait(tasks, timeout=self.grace_seconds)
        for one in list(self._held.values()):
            one.task.cancel()
            await asyncio.gather(one.task, return_exceptions=True)
            if await self._ask_database(hand_over, one.claim):
                logger.info("run.handed_over", extra={"run_id": str(one.claim.run_id), "attempt": one.claim.attempt})

    # --- asking

    async def _ask_database(self, question: Callable[..., T], *arguments: Any) -> T | None:
        """The answer, or None while Postgres is away (one log line for the whole absence)."""
        try:
            answer = await run_db(question, *arguments)
        except DatabaseTrouble as trouble:
            if self._has_database:
                logger.error("agents.database_away", extra={"reason": type(trouble).__name__})
            self._has_database = False
            await asyncio.sleep(POLL_SECONDS)
            return None
        if not self._has_database:
            logger.info("agents.database_back")
        self._has_database = True
        return answer


async def _heard(bell: asyncio.Event, seconds: float) -> None:
    """Wait for the bell, at most `seconds`, and still it."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await bell.wait()
    bell.clear()
