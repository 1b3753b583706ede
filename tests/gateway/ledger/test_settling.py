"""Settled twice is settled once; settled late is counted; what was held always comes free."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from threading import Event
from uuid import uuid4

import pytest
from django.db import OperationalError

from apps.gateway.ledger import settling
from apps.gateway.ledger.settling import Settlement, SettlementWriter, release, settle
from apps.gateway.ledger.sweeping import sweep
from apps.gateway.models import Budget, QueryLog, Reservation, UsageRecord
from tests.gateway.ledger.conftest import NOW, hold, spend, state_of, usage, window

pytestmark = pytest.mark.django_db(transaction=True)


def log(call_id, **fields):
    return QueryLog(**{"call_id": call_id, "purpose": "test", "kind": "chat", "latency_ms": 5, "outcome": "answered", **fields})


@pytest.fixture
def writer():
    writer = SettlementWriter(retry_seconds=0.01)
    writer.begin(30)
    yield writer
    writer.end()


def test_what_was_spent_stands_in_each_window_and_nothing_is_held_any_more(make_budget):
    day, month = make_budget("day", money="5"), make_budget(tokens=100)
    call_id = hold(day, month, money="1", tokens=50)
    settle(
        Settlement(
            call_id,
            is_reserved=True,
            usages=(usage(call_id, money="0.25", tokens=20), usage(call_id, money=None, tokens=7, attempt=1)),
            log=log(call_id, guards={"personal_data.email": {"count": 2, "action": "mask"}}),
        )
    )
    assert window(day) == window(month) == (Decimal("0.25"), 0, 27, 0)
    assert state_of(call_id) == "settled"
    assert list(UsageRecord.objects.order_by("attempt").values_list("attempt", "money", "input_tokens")) == [(0, Decimal("0.25"), 20), (1, None, 7)]
    assert QueryLog.objects.get().guards == {"personal_data.email": {"count": 2, "action": "mask"}}


def test_a_call_without_budgets_leaves_its_rows_and_touches_no_window(make_budget):
    budget = make_budget(tokens=100)
    hold(budget, tokens=5)
    settle(Settlement(call_id := uuid4(), usages=(usage(call_id, money="1", tokens=9),), log=log(call_id)))
    assert UsageRecord.objects.count() == QueryLog.objects.count() == 1
    assert window(budget) == (0, 0, 0, 5)


def test_settled_twice_counts_once(make_budget):
    budget = make_budget(money="5")
    call_id = hold(budget, money="1", tokens=50)
    spend(call_id, money="0.5", tokens=20)
    spend(call_id, money="0.7", tokens=21)
    release(call_id)
    assert window(budget) == (Decimal("0.5"), 0, 20, 0)


def test_an_attempt_that_only_the_second_settlement_knows_of_is_counted_too(make_budget):
    """The windows hold what the rows of usage say, whichever settlement brought them."""
    budget = make_budget(money="5")
    call_id = hold(budget, money="1", tokens=50)
    release(call_id)
    spend(call_id, money="0.5", tokens=20)
    spend(call_id, money="0.25", tokens=5, attempt=1)
    assert window(budget) == (Decimal("0.75"), 0, 25, 0)


def test_twice_in_one_batch_counts_once(make_budget, writer):
    budget = make_budget(money="5")
    call_id = hold(budget, money="1", tokens=50)
    for _ in range(3):
        writer.write(Settlement(call_id, is_reserved=True, usages=(usage(call_id, money="0.5", tokens=20),), log=log(call_id)))
    writer.end()
    assert window(budget) == (Decimal("0.5"), 0, 20, 0)
    assert QueryLog.objects.count() == 1


def test_a_batch_whose_commit_nobody_heard_of_is_counted_once(make_budget, writer, monkeypatch):
    budget = make_budget(money="5")
    calls = [hold(budget, money="1", tokens=50) for _ in range(3)]
    insert, tries, again = SettlementWriter.insert, [], Event()

    def insert_and_break(self, entries):
        insert(self, entries)
        tries.append(len(entries))
        if len(tries) == 1:
            raise OperationalError
        again.set()

    monkeypatch.setattr(SettlementWriter, "insert", insert_and_break)
    writer.batch = 3
    for call_id in calls:
        writer.write(Settlement(call_id, is_reserved=True, usages=(usage(call_id, money="0.5", tokens=20),)))
    assert again.wait(20)
    writer.end()
    assert tries == [3, 3]
    assert window(budget) == (Decimal("1.5"), 0, 60, 0)


def test_a_batch_that_breaks_in_the_middle_leaves_nothing_half_done(make_budget, writer, monkeypatch):
    budget = make_budget(money="5")
    call_id = hold(budget, money="1", tokens=50)
    settle_reservations, tries, again = settling.settle_reservations, [], Event()

    def break_once(spent):
        tries.append(UsageRecord.objects.count())
        if len(tries) == 1:
            raise OperationalError
        settle_reservations(spent)
        again.set()

    monkeypatch.setattr(settling, "settle_reservations", break_once)
    writer.batch = 1
    writer.write(Settlement(call_id, is_reserved=True, usages=(usage(call_id, money="0.5", tokens=20),)))
    assert again.wait(20)
    writer.end()
    assert tries == [1, 1]
    assert window(budget) == (Decimal("0.5"), 0, 20, 0)


def test_one_that_postgres_refuses_does_not_keep_the_others_back(make_budget, writer, caplog):
    budget = make_budget(money="5")
    good, bad = (hold(budget, money="1", tokens=50) for _ in range(2))
    writer.write(Settlement(bad, is_reserved=True, usages=(usage(bad, money="0.5", tokens=2**80),)))
    writer.write(Settlement(good, is_reserved=True, usages=(usage(good, money="0.5", tokens=20),)))
    writer.end()
    assert window(budget) == (Decimal("0.5"), 1, 20, 50)
    [record] = [record for record in caplog.records if record.msg == "settlements.refused"]
    assert record.call_id == str(bad)


def test_texts_longer_than_their_columns_are_cut_and_not_lost(make_budget):
    settle(Settlement(call_id := uuid4(), usages=(usage(call_id, tokens=1),), log=log(call_id, outcome="x" * 99)))
    assert QueryLog.objects.get().outcome == "x" * 40


def test_what_was_spent_after_the_lease_ran_out_is_counted_and_frees_nothing_twice(make_budget):
    budget = make_budget(money="5")
    late, present = hold(budget, money="1", tokens=50), hold(budget, money="2", tokens=1, now=NOW + timedelta(hours=1))
    assert sweep(NOW + timedelta(hours=1)) == 1
    assert window(budget) == (0, 2, 0, 1)
    spend(late, money="0.5", tokens=20)
    spend(late, money="0.5", tokens=20)
    assert (state_of(late), state_of(present)) == ("settled", "held")
    assert window(budget) == (Decimal("0.5"), 2, 20, 1)


def test_what_began_yesterday_is_counted_yesterday(make_budget):
    budget = make_budget("day", tokens=100)
    before = hold(budget, tokens=30)
    hold(budget, tokens=5, now=NOW + timedelta(days=1))
    spend(before, tokens=20)
    assert window(budget, starts_on=NOW.date()) == (0, 0, 20, 0)
    assert window(budget, starts_on=NOW.date() + timedelta(days=1)) == (0, 0, 0, 5)


def test_a_call_of_a_budget_that_was_removed_meanwhile_is_settled_all_the_same(make_budget):
    kept, gone = make_budget(tokens=100), make_budget(tokens=100)
    call_id = hold(kept, gone, tokens=30)
    Budget.objects.filter(pk=gone.id).delete()
    spend(call_id, tokens=20)
    assert window(kept) == (0, 0, 20, 0)
    assert state_of(call_id) == "settled"


def test_an_unknown_call_frees_nothing(make_budget):
    budget = make_budget(tokens=100)
    hold(budget, tokens=30)
    release(uuid4())
    assert window(budget) == (0, 0, 0, 30)


async def test_in_an_event_loop_too_it_is_written_at_once_where_nobody_began(make_budget):
    budget = await asyncio.to_thread(make_budget, tokens=100)
    call_id = await asyncio.to_thread(lambda: hold(budget, tokens=30))
    spend(call_id, tokens=20)
    assert await asyncio.to_thread(window, budget) == (0, 0, 20, 0)


def test_a_process_that_began_writes_in_batches_and_at_its_end_what_waits(make_budget, settings, monkeypatch):
    settings.QUIRE_AUDIT_BATCH_MS = 60_000
    monkeypatch.setattr(settling, "LONGEST_WAIT_MS", 50_000)
    budget = make_budget(tokens=100)
    first = hold(budget, tokens=30)
    settling.begin()
    spend(first, tokens=20)
    assert window(budget) == (0, 0, 0, 30)
    settling.WRITER.end()
    settling.WRITER.reset()
    settling.WRITER.begin(0)
    assert window(budget) == (0, 0, 20, 0)


def test_settlements_never_wait_longer_than_a_quarter_of_a_second(settings):
    settings.QUIRE_AUDIT_BATCH_MS = 60_000
    settling.begin()
    seconds = settling.WRITER.seconds
    settings.QUIRE_AUDIT_BATCH_MS = 0
    settling.begin()
    assert (seconds, settling.WRITER.seconds) == (0.25, 0)


def test_two_writers_with_the_same_calls_in_another_order_do_not_wait_in_a_circle(make_budget):
    budgets = [make_budget(money="500"), make_budget("day", money="500")]
    calls = [hold(*budgets, money="1", tokens=50) for _ in range(40)]
    entries = [Settlement(call_id, is_reserved=True, usages=(usage(call_id, money="0.5", tokens=20),), log=log(call_id)) for call_id in calls]
    writers = [SettlementWriter(batch=7, retry_seconds=0.01) for _ in range(2)]
    for writer, order in zip(writers, (entries, entries[::-1]), strict=True):
        writer.begin(30)
        for entry in order:
            writer.write(entry)
    for writer in writers:
        writer.end(20)
    assert [window(budget) for budget in budgets] == [(20, 0, 800, 0)] * 2
    assert not Reservation.objects.filter(state="held").exists()
