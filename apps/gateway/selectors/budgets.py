"""Budgets beside what their present day or month has seen, in the one query that reads them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import BigIntegerField, Case, DecimalField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from apps.gateway.ledger.windows import start_of
from apps.gateway.models import Budget, BudgetWindow, Period

_MONEY = DecimalField(max_digits=20, decimal_places=9)


def with_present_window(budgets: QuerySet[Budget], now: datetime) -> QuerySet[Any]:
    """Add `spent_money`, `reserved_money`, `spent_tokens` and `reserved_tokens`; 0 where nothing was called yet."""
    starts_on = Case(When(period=Period.DAY, then=Value(start_of(Period.DAY, now))), default=Value(start_of(Period.MONTH, now)))
    # By the budget's own period: the first day of a month has a row of each.
    window = BudgetWindow.objects.filter(budget=OuterRef("pk"), starts_on=OuterRef("window_start"))
    found: QuerySet[Any] = budgets.annotate(window_start=starts_on).annotate(
        spent_money=Coalesce(Subquery(window.values("spent_money")[:1]), Value(Decimal(0)), output_field=_MONEY),
        reserved_money=Coalesce(Subquery(window.values("reserved_money")[:1]), Value(Decimal(0)), output_field=_MONEY),
        spent_tokens=Coalesce(Subquery(window.values("spent_tokens")[:1]), Value(0), output_field=BigIntegerField()),
        reserved_tokens=Coalesce(Subquery(window.values("reserved_tokens")[:1]), Value(0), output_field=BigIntegerField()),
    )
    return found
