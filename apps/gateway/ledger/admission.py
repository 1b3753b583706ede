"""May a call spend that much? The calls of an event loop that ask while one round trip to Postgres is under way are done together in the next.

A call that asks alone waits for nobody; of fifty at once the first has a round trip of its own and the others share one.
"""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import DataError, IntegrityError, OperationalError, connection

from apps.common.per_loop import PerLoop
from apps.gateway.catalogue import BudgetInfo
from apps.gateway.ledger.refusals import refuse
from apps.gateway.ledger.reserving import Request, Shortfalls, admit
from apps.gateway.ledger.settling import release

TOGETHER_MAX = 200
# A connection that was quiet for so long may be broken, which costs less to ask than to find out.
QUIET_SECONDS = 1.0
# One thread, as admissions wait for each other's rows in any case; it keeps its connection, because to take one from the pool, and to
# have it checked, takes longer than an admission. It is held across nothing: the thread has it while it waits for the next ones.
_TELLER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
_quiet_since = 0.0
_REFUSALS = (DataError, IntegrityError)
_Answer = asyncio.Future[Shortfalls]


async def reserve(call_id: UUID, budgets: Sequence[BudgetInfo], money: Decimal, tokens: int, now: datetime) -> None:
    """Hold this much in the present window of each budget, until the call is settled or its lease runs out.

    Raises BudgetExceeded, and then nothing is held. Whoever is cancelled meanwhile holds nothing either.
    """
    answer = _line().join(Request(call_id, budgets, money, tokens, now))
    try:
        shortfalls = await asyncio.shield(answer)
    except asyncio.CancelledError:
        answer.add_done_callback(lambda done: _let_go(call_id, done))
        raise
    if shortfalls:
        raise refuse(shortfalls, money, tokens, now)


class _Line:
    """Those of one event loop who wait for the ledger, and the task that asks it for them. It outlives whoever is cancelled."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Request, _Answer]] = []
        self._task: asyncio.Task[None] | None = None

    def join(self, request: Request) -> _Answer:
        answer: _Answer = asyncio.get_running_loop().create_future()
        self._waiting.append((request, answer))
        if self._task is None:
            self._task = asyncio.create_task(self._work())
        return answer

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:TOGETHER_MAX], self._waiting[TOGETHER_MAX:]
                await _ask(batch)
        finally:
            self._task = None
            # Only where the loop is ending.
            for _, answer in self._waiting:
                answer.cancel()
            self._waiting = []


async def _ask(batch: list[tuple[Request, _Answer]]) -> None:
    try:
        # Whatever goes wrong, those who wait for it have to hear of it.
        work = asyncio.get_running_loop().run_in_executor(_TELLER, _admit, [request for request, _ in batch])
        (found,) = await asyncio.gather(work, return_exceptions=True)
        if isinstance(found, _REFUSALS) and len(batch) > 1:
            # One that Postgres will never take must not spoil it for the others.
            for one in batch:
                await _ask([one])
            return
        for number, (_, answer) in enumerate(batch):
            if isinstance(found, BaseException):
                answer.set_exception(found)
            else:
                answer.set_result(found[number])
    finally:
        # Without effect on those that have one; the others' loop is ending.
        for _, answer in batch:
            answer.cancel()


def _admit(requests: Sequence[Request]) -> list[Shortfalls]:
    """In the teller's thread."""
    global _quiet_since
    if time.monotonic() - _quiet_since > QUIET_SECONDS and not connection.is_usable():
        connection.close()
    try:
        return admit(requests)
    except OperationalError:
        # The next ones get a new one.
        connection.close()
        raise
    finally:
        _quiet_since = time.monotonic()


def _let_go(call_id: UUID, answer: _Answer) -> None:
    """Give back what a caller who is gone was admitted to. Where nobody knows whether it was, the lease runs out."""
    if not answer.cancelled() and answer.exception() is None and not answer.result():
        release(call_id)


_line = PerLoop(_Line)
