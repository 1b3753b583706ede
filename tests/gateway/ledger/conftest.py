import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from apps.gateway.catalogue import BudgetInfo
from apps.gateway.ledger.admission import reserve
from apps.gateway.ledger.settling import Settlement, settle
from apps.gateway.models import Budget, BudgetWindow, Reservation, UsageRecord

NOW = datetime(2026, 11, 30, 14, 0, tzinfo=UTC)


def info(budget):
    subject = next(name for name in ("workspace", "group", "user", "api_key") if getattr(budget, f"{name}_id"))
    return BudgetInfo(budget.pk, subject, str(getattr(budget, f"{subject}_id")), budget.period, budget.money, budget.tokens)


def usage(call_id, *, money="0", tokens=0, attempt=0, **fields):
    return UsageRecord(
        call_id=call_id,
        attempt=attempt,
        purpose="test",
        provider="p",
        model="m",
        input_tokens=tokens,
        output_tokens=0,
        money=None if money is None else Decimal(money),
        created_at=NOW,
        **fields,
    )


def hold(*budgets, money="0", tokens=1, now=NOW, call_id=None):
    """Reserve in an event loop of its own; gives the call's id."""
    call_id = call_id or uuid4()
    asyncio.run(reserve(call_id, budgets, Decimal(money), tokens, now))
    return call_id


def spend(call_id, *, money="0", tokens=0, attempt=0):
    settle(Settlement(call_id, is_reserved=True, usages=(usage(call_id, money=money, tokens=tokens, attempt=attempt),)))


def window(budget, **filters):
    """Spent and reserved money, spent and reserved tokens."""
    row = BudgetWindow.objects.get(budget=budget.id, **filters)
    return row.spent_money, row.reserved_money, row.spent_tokens, row.reserved_tokens


def state_of(call_id):
    return Reservation.objects.values_list("state", flat=True).filter(pk=call_id).first()


@pytest.fixture
def make_budget(transactional_db, make_user):
    """A budget as the catalogue has it, of a person of its own where nothing else is said."""
    count = iter(range(1000))

    def make(period="month", money=None, tokens=None, **subject):
        subject = subject or {"user": make_user(f"person{next(count)}")}
        return info(Budget.objects.create(period=period, money=None if money is None else Decimal(money), tokens=tokens, **subject))

    return make
