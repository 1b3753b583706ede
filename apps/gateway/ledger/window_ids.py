"""Which row counts for a budget at a moment. Made at the first call of a day or month, and then known in the process: ids do not change."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django.db import connection

Place = tuple[int, date]
_KNOWN_MAX = 10_000
# A budget that was removed since the catalogue was read gets no row; one that is being removed is waited for.
_MAKE = """
WITH wanted AS (
    SELECT * FROM unnest(%(budgets)s::bigint[], %(starts)s::date[]) AS one(budget_id, starts_on)
), there AS MATERIALIZED (
    SELECT own.id, wanted.starts_on FROM gateway_budget AS own JOIN wanted ON wanted.budget_id = own.id ORDER BY own.id FOR KEY SHARE OF own
)
INSERT INTO gateway_budgetwindow (budget_id, starts_on, spent_money, spent_tokens, reserved_money, reserved_tokens)
SELECT id, starts_on, 0, 0, 0, 0 FROM there ORDER BY id ON CONFLICT DO NOTHING
"""
_FIND = """
SELECT own.budget_id, own.starts_on, own.id
FROM gateway_budgetwindow AS own JOIN unnest(%(budgets)s::bigint[], %(starts)s::date[]) AS one(budget_id, starts_on) USING (budget_id, starts_on)
"""
_known: dict[Place, int] = {}


def find_window_ids(places: Collection[Place]) -> dict[Place, int]:
    """The window of each place; none for budgets that are gone."""
    if len(_known) > _KNOWN_MAX:
        # Before it is asked what is unknown: what is forgotten after that would be looked up by nobody, and its budget would not count.
        _known.clear()
    if unknown := [place for place in places if place not in _known]:
        _learn(sorted(unknown))
    return {place: _known[place] for place in places if place in _known}


def forget_windows(places: Iterable[Place]) -> None:
    """They were not there, after all: ask again."""
    for place in places:
        _known.pop(place, None)


def _learn(places: list[Place]) -> None:
    # Any: the parameters of a statement.
    parameters: dict[str, Any] = {"budgets": [budget for budget, _ in places], "starts": [start for _, start in places]}
    with connection.cursor() as cursor:
        cursor.execute(_FIND, parameters)
        found = cursor.fetchall()
        if len(found) < len(places):
            cursor.execute(_MAKE, parameters)
            cursor.execute(_FIND, parameters)
            found = cursor.fetchall()
    _known.update({(budget, start): number for budget, start, number in found})
