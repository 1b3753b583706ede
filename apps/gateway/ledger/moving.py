"""How reservations end: what they held comes free in their windows, and what was spent stays there. One statement.

Whoever writes windows locks them in the order of their ids, and reservations, also in that order, before; so nobody waits in a circle.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

# `ended` has for each reservation: id, windows, and what comes free and what was spent in money and tokens.
_MOVE = """
closed AS (
    UPDATE gateway_reservation SET state = %(state)s FROM ended WHERE gateway_reservation.id = ended.id
), sums AS (
    SELECT touched.id, sum(freed_money) AS freed_money, sum(freed_tokens) AS freed_tokens, sum(spent_money) AS spent_money, sum(spent_tokens) AS spent_tokens
    FROM ended CROSS JOIN LATERAL unnest(ended.windows) AS touched(id) GROUP BY touched.id
), locked AS MATERIALIZED (
    SELECT sums.* FROM gateway_budgetwindow AS own JOIN sums ON sums.id = own.id ORDER BY own.id FOR NO KEY UPDATE OF own
), moved AS (
    UPDATE gateway_budgetwindow AS own SET
        reserved_money = own.reserved_money - locked.freed_money, reserved_tokens = own.reserved_tokens - locked.freed_tokens,
        spent_money = own.spent_money + locked.spent_money, spent_tokens = own.spent_tokens + locked.spent_tokens
    FROM locked WHERE own.id = locked.id
)
SELECT count(*) FROM ended
"""
_SETTLE = """
WITH asked AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(money)s::numeric[], %(tokens)s::bigint[]) AS one(id, money, tokens)
), ended AS MATERIALIZED (
    SELECT own.id, own.windows, asked.money AS spent_money, asked.tokens AS spent_tokens,
        CASE WHEN own.state = 'held' THEN own.money ELSE 0 END AS freed_money,
        CASE WHEN own.state = 'held' THEN own.tokens ELSE 0 END AS freed_tokens
    FROM gateway_reservation AS own JOIN asked ON asked.id = own.id
    WHERE own.state <> 'settled' OR asked.money > 0 OR asked.tokens > 0
    ORDER BY own.id FOR UPDATE OF own
),
"""
_EXPIRE = """
WITH ended AS MATERIALIZED (
    SELECT id, windows, 0::numeric AS spent_money, 0::bigint AS spent_tokens, money AS freed_money, tokens AS freed_tokens
    FROM gateway_reservation WHERE state = 'held' AND expires_at < %(now)s
    ORDER BY id LIMIT %(count)s FOR UPDATE SKIP LOCKED
),
"""

Spent = tuple[Decimal, int]


def settle_reservations(spent: Mapping[UUID, Spent]) -> int:
    """End these reservations, each with the money and tokens that nobody counted before; gives how many were touched.

    One that expired before holds nothing any more, and what it spent is counted all the same.
    """
    if not spent:
        return 0
    ids = sorted(spent)
    return _move(_SETTLE, state="settled", ids=ids, money=[spent[one][0] for one in ids], tokens=[spent[one][1] for one in ids])


def expire_reservations(now: datetime, count: int) -> int:
    """Free what up to `count` calls hold that were not heard of within their lease; gives how many."""
    return _move(_EXPIRE, state="expired", now=now, count=count)


# Any: the parameters of a statement.
def _move(ended: str, **parameters: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute("".join((ended, _MOVE)), parameters)
        row = cursor.fetchone()
    return int(row[0]) if row else 0
