"""What nobody will settle any more comes free, and what is old goes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from apps.gateway import tasks
from apps.gateway.ledger import pruning, sweeping
from apps.gateway.ledger.sweeping import sweep
from apps.gateway.models import BudgetWindow, CachedAnswer, QueryLog, Reservation, UsageRecord
from tests.gateway.ledger.conftest import NOW, hold, spend, state_of, usage, window

LATER = NOW + timedelta(hours=1)


def test_only_leases_that_ran_out_come_free(make_budget, settings):
    budget = make_budget(money="50")
    lease = timedelta(seconds=settings.QUIRE_MODEL_CALL_SECONDS + 60)
    hold(budget, money="1", tokens=5)
    assert sweep(NOW + lease) == 0
    assert sweep(NOW + lease + timedelta(microseconds=1)) == 1
    assert sweep(LATER) == 0
    assert window(budget) == (0, 0, 0, 0)


def test_many_come_free_some_at_a_time(make_budget, monkeypatch, caplog):
    monkeypatch.setattr(sweeping, "BATCH", 3)
    budgets = [make_budget(money="50"), make_budget("day", tokens=500)]
    calls = [hold(*budgets, money="1", tokens=5) for _ in range(7)]
    assert sweep(LATER) == 7
    assert {state_of(call_id) for call_id in calls} == {"expired"}
    assert [window(budget) for budget in budgets] == [(0, 0, 0, 0)] * 2
    assert [record.count for record in caplog.records if record.msg == "gateway.reservations_expired"] == [7]


def sweep_aside():
    try:
        return sweep(LATER)
    finally:
        connection.close()


def test_one_that_is_being_settled_is_left_to_it(make_budget):
    budget = make_budget(money="50")
    settled, abandoned = (hold(budget, money="1", tokens=5) for _ in range(2))
    with ThreadPoolExecutor(1) as threads, transaction.atomic():
        Reservation.objects.select_for_update().get(pk=settled)
        assert threads.submit(sweep_aside).result(20) == 1
        spend(settled, money="0.5", tokens=3)
    assert (state_of(settled), state_of(abandoned)) == ("settled", "expired")
    assert window(budget) == (Decimal("0.5"), 0, 3, 0)


def test_the_task_sweeps_by_the_present_time(make_budget):
    budget = make_budget(tokens=50)
    call_id = hold(budget, tokens=5, now=NOW - timedelta(days=4000))
    tasks.sweep()
    assert state_of(call_id) == "expired"


@pytest.fixture
def old(make_budget, settings):
    """One of each kind that is just old enough to go, and one that is not."""
    settings.QUIRE_QUERY_LOG_DAYS = 30
    budget = make_budget("day", tokens=500)
    moment = timedelta(seconds=1)
    for age in (timedelta(days=2) + moment, timedelta(days=2) - moment):
        spend(hold(budget, tokens=5, now=NOW - age))
    for age in (timedelta(days=30) + moment, timedelta(days=30) - moment):
        call = usage(hold(budget, now=NOW - age))
        QueryLog.objects.create(call_id=call.call_id, purpose="test", kind="chat", latency_ms=5, outcome="answered", created_at=NOW - age)
    for age in (moment, -moment):
        CachedAnswer.objects.create(scope="s", question="q", embedding=[0] * 384, answer={}, expires_at=NOW - age)
    for age in (401, 400):
        BudgetWindow.objects.create(budget_id=budget.id, starts_on=(NOW - timedelta(days=age)).date())
    UsageRecord.objects.create(
        **{name: getattr(usage(call.call_id), name) for name in ("call_id", "attempt", "purpose", "provider", "model", "input_tokens", "output_tokens")},
        created_at=NOW - timedelta(days=4000),
    )
    return budget


def test_what_is_old_goes_and_what_says_who_paid_what_stays(old):
    windows = BudgetWindow.objects.count()
    assert pruning.prune(NOW) == 4
    # Those that nobody swept yet hold something, however old they are.
    assert sorted(Reservation.objects.values_list("state", flat=True)) == ["held", "held", "settled"]
    assert QueryLog.objects.count() == CachedAnswer.objects.count() == 1
    assert UsageRecord.objects.filter(created_at__lt=NOW - timedelta(days=3000)).count() == 1
    assert BudgetWindow.objects.count() == windows - 1
    assert pruning.prune(NOW) == 0


def test_old_rows_go_some_at_a_time(old, monkeypatch):
    monkeypatch.setattr(pruning, "BATCH", 1)
    pruning.prune(NOW + timedelta(days=5000))
    assert QueryLog.objects.count() == CachedAnswer.objects.count() == BudgetWindow.objects.count() == 0
    assert Reservation.objects.exclude(state="held").count() == 0


def test_the_task_prunes_by_the_present_time(old):
    QueryLog.objects.update(created_at=NOW - timedelta(days=4000))
    tasks.prune()
    assert not QueryLog.objects.exists()
