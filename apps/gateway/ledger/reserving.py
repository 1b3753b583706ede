"""Admission in Postgres: several calls, their windows locked in the order of ids, and each call held in all of its windows or in none.

One statement takes all calls together. Where they do not fit together, it has told what is left, and a second one takes those that fit.
"""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from apps.gateway.catalogue import BudgetInfo
from apps.gateway.ledger.refusals import Shortfall
from apps.gateway.ledger.sweeping import sweep
from apps.gateway.ledger.window_ids import Place, find_window_ids, forget_windows
from apps.gateway.ledger.windows import start_of

# Beyond the longest call, for whatever delays its settlement.
SPARE_SECONDS = 60
_ADMIT = """
WITH wanted AS (
    SELECT * FROM unnest(%(windows)s::bigint[], %(money)s::numeric[], %(tokens)s::bigint[], %(money_caps)s::numeric[], %(token_caps)s::bigint[])
        AS one(id, money, tokens, money_cap, token_cap)
), locked AS MATERIALIZED (
    SELECT own.id, wanted.money, wanted.tokens,
        wanted.money_cap - own.spent_money - own.reserved_money AS money_left, wanted.token_cap - own.spent_tokens - own.reserved_tokens AS tokens_left
    FROM gateway_budgetwindow AS own JOIN wanted ON wanted.id = own.id ORDER BY own.id FOR NO KEY UPDATE OF own
), judged AS MATERIALIZED (
    SELECT *, (money = 0 OR money_left IS NULL OR money <= money_left) AND (tokens_left IS NULL OR tokens <= tokens_left) AS fits FROM locked
), verdict AS MATERIALIZED (
    SELECT count(*) = %(window_count)s AND coalesce(bool_and(fits), TRUE) AS is_admitted FROM judged
), moved AS (
    UPDATE gateway_budgetwindow AS own SET reserved_money = own.reserved_money + locked.money, reserved_tokens = own.reserved_tokens + locked.tokens
    FROM locked, verdict WHERE own.id = locked.id AND verdict.is_admitted
), made AS (
    INSERT INTO gateway_reservation (id, state, windows, money, tokens, made_at, expires_at)
    SELECT one.id, 'held', one.windows::bigint[], one.money, one.tokens, one.made_at, one.expires_at
    FROM unnest(%(ids)s::uuid[], %(sets)s::text[], %(held_money)s::numeric[], %(held_tokens)s::bigint[], %(made)s::timestamptz[], %(expiries)s::timestamptz[])
        AS one(id, windows, money, tokens, made_at, expires_at), verdict
    WHERE verdict.is_admitted
)
SELECT verdict.is_admitted, judged.id, judged.money_left, judged.tokens_left FROM verdict LEFT JOIN judged ON TRUE
"""


@dataclass(frozen=True, slots=True)
class Request:
    """A call that asks to be admitted, with the most that it should come to."""

    call_id: UUID
    budgets: Sequence[BudgetInfo]
    money: Decimal
    tokens: int
    now: datetime


@dataclass(frozen=True, slots=True)
class _Plan:
    request: Request
    # Window's id -> budget.
    windows: dict[int, BudgetInfo]


class _WindowsGone(Exception):
    """A window is not there any more: its budget was removed, and what limited calls with it."""


Shortfalls = list[Shortfall]
# Money and tokens; None: it has no such limit.
_Left = tuple[Decimal | None, int | None]
# Any: the parameters of a statement.
_Parameters = dict[str, Any]


def admit(requests: Sequence[Request]) -> list[Shortfalls]:
    """Hold what fits; gives for each request what does not suffice, nothing where it was admitted.

    Before anybody is refused, leases that ran out are freed.
    """
    answers = _admit(requests)
    refused = [number for number, shortfalls in enumerate(answers) if shortfalls]
    if refused and sweep(max(request.now for request in requests)):
        for number, shortfalls in zip(refused, _admit([requests[number] for number in refused]), strict=True):
            answers[number] = shortfalls
    return answers


def _admit(requests: Sequence[Request]) -> list[Shortfalls]:
    places = {_place(budget, request) for request in requests for budget in request.budgets}
    try:
        return _admit_plans(_make_plans(requests, places))
    except _WindowsGone:
        forget_windows(places)
        return _admit_plans(_make_plans(requests, places))


def _make_plans(requests: Sequence[Request], places: set[Place]) -> list[_Plan]:
    ids = find_window_ids(places)
    return [_Plan(request, {ids[place]: budget for budget in request.budgets if (place := _place(budget, request)) in ids}) for request in requests]


def _place(budget: BudgetInfo, request: Request) -> Place:
    return budget.id, start_of(budget.period, request.now)


def _admit_plans(plans: list[_Plan]) -> list[Shortfalls]:
    # One statement needs no transaction around it; of two, the first one's locks keep what it told true for the second.
    with transaction.atomic() if len(plans) > 1 else nullcontext():
        left = _try(plans)
        if left is None:
            return [[] for _ in plans]
        answers = _divide(plans, left)
        fitting = [plan for plan, shortfalls in zip(plans, answers, strict=True) if not shortfalls]
        if fitting and _try(fitting) is not None:
            raise RuntimeError("The ledger refuses what should fit.")
        return answers


def _try(plans: list[_Plan]) -> dict[int, _Left] | None:
    """Admit all of these calls, in one statement, or none of them and tell what each window has left."""
    budgets = {number: budget for plan in plans for number, budget in plan.windows.items()}
    with connection.cursor() as cursor:
        cursor.execute(_ADMIT, _of_windows(plans, budgets) | _of_reservations(plans))
        rows = cursor.fetchall()
    if rows[0][0]:
        return None
    if len(rows) < len(budgets) or rows[0][1] is None:
        raise _WindowsGone
    return {number: (money, tokens) for _, number, money, tokens in rows}


def _divide(plans: list[_Plan], left: dict[int, _Left]) -> list[Shortfalls]:
    """What each call lacks if those that fit are admitted in their order; by the rule of the statement."""
    answers = []
    for plan in plans:
        money, tokens = plan.request.money, plan.request.tokens
        answers.append([Shortfall(budget, *left[number]) for number, budget in plan.windows.items() if not _fits(money, tokens, left[number])])
        if not answers[-1]:
            left = left | {number: _take(money, tokens, left[number]) for number in plan.windows}
    return answers


def _fits(money: Decimal, tokens: int, left: _Left) -> bool:
    return (not money or left[0] is None or money <= left[0]) and (left[1] is None or tokens <= left[1])


def _take(money: Decimal, tokens: int, left: _Left) -> _Left:
    return None if left[0] is None else left[0] - money, None if left[1] is None else left[1] - tokens


def _of_windows(plans: list[_Plan], budgets: dict[int, BudgetInfo]) -> _Parameters:
    money: dict[int, Decimal] = defaultdict(Decimal)
    tokens: dict[int, int] = defaultdict(int)
    for plan in plans:
        for number in plan.windows:
            money[number] += plan.request.money
            tokens[number] += plan.request.tokens
    ids = sorted(budgets)
    return {
        "windows": ids,
        "window_count": len(ids),
        "money": [money[number] for number in ids],
        "tokens": [tokens[number] for number in ids],
        "money_caps": [budgets[number].money for number in ids],
        "token_caps": [budgets[number].tokens for number in ids],
    }


def _of_reservations(plans: list[_Plan]) -> _Parameters:
    lease = timedelta(seconds=settings.QUIRE_MODEL_CALL_SECONDS + SPARE_SECONDS)
    requests = [plan.request for plan in plans]
    return {
        "ids": [request.call_id for request in requests],
        # As text, because an array of arrays is one of all their items.
        "sets": [f"{{{','.join(map(str, sorted(plan.windows)))}}}" for plan in plans],
        "held_money": [request.money for request in requests],
        "held_tokens": [request.tokens for request in requests],
        "made": [request.now for request in requests],
        "expiries": [request.now + lease for request in requests],
    }
