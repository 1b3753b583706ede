"""A call is held in all of its budgets or in none, however many ask at once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import DataError, IntegrityError, connection

from apps.gateway.errors import BudgetExceeded
from apps.gateway.ledger import admission, reserving, window_ids
from apps.gateway.ledger.admission import reserve
from apps.gateway.models import Budget, BudgetWindow, Reservation
from tests.gateway.ledger.conftest import NOW, hold, spend, state_of, window


def test_what_is_held_stands_in_each_window_and_in_the_reservation(make_budget, settings):
    day, month = make_budget("day", money="5"), make_budget("month", tokens=100)
    call_id = hold(day, month, money="1.000000001", tokens=40)
    assert window(day) == window(month) == (0, Decimal("1.000000001"), 0, 40)
    reservation = Reservation.objects.get(pk=call_id)
    assert (reservation.state, reservation.money, reservation.tokens, reservation.made_at) == ("held", Decimal("1.000000001"), 40, NOW)
    assert reservation.expires_at == NOW + timedelta(seconds=settings.QUIRE_MODEL_CALL_SECONDS + 60)
    assert reservation.windows == sorted(BudgetWindow.objects.values_list("pk", flat=True))


def test_a_call_that_one_of_its_budgets_refuses_is_held_in_none(make_budget):
    large, small = make_budget(tokens=1000), make_budget(tokens=10)
    with pytest.raises(BudgetExceeded):
        hold(large, small, tokens=11)
    assert window(large) == window(small) == (0, 0, 0, 0)
    assert not Reservation.objects.exists()


def test_exactly_as_much_as_there_is_can_be_held_and_no_more(make_budget):
    budget = make_budget(money="1", tokens=10)
    hold(budget, money="0.999999999", tokens=9)
    with pytest.raises(BudgetExceeded):
        hold(budget, money="0.000000002", tokens=1)
    hold(budget, money="0.000000001", tokens=1)
    with pytest.raises(BudgetExceeded):
        hold(budget, money="0", tokens=1)


def test_what_is_free_goes_on_where_money_was_overspent(make_budget):
    budget = make_budget(money="1")
    spend(hold(budget, money="1"), money="1.5")
    hold(budget, money="0", tokens=7)
    with pytest.raises(BudgetExceeded, match="of it 0 in money are left"):
        hold(budget, money="0.01")


def test_a_day_that_is_over_limits_nothing(make_budget):
    budget = make_budget("day", tokens=10)
    hold(budget, tokens=10)
    hold(budget, tokens=10, now=NOW + timedelta(hours=10))
    assert BudgetWindow.objects.filter(budget=budget.id).count() == 2


def test_leases_that_ran_out_are_freed_before_anybody_is_refused(make_budget):
    budget = make_budget(tokens=10)
    abandoned = hold(budget, tokens=10)
    later = NOW + timedelta(hours=1)
    present = hold(budget, tokens=10, now=later)
    assert (state_of(abandoned), state_of(present)) == ("expired", "held")
    with pytest.raises(BudgetExceeded):
        hold(budget, tokens=1, now=later)


@pytest.fixture
def statements(monkeypatch):
    """The sizes of the batches that were asked for together."""
    seen = []
    admit = reserving.admit
    monkeypatch.setattr(admission, "admit", lambda requests: seen.append(len(requests)) or admit(requests))
    return seen


async def test_those_who_ask_meanwhile_share_a_round_trip(make_budget, statements):
    budget = await asyncio.to_thread(make_budget, tokens=100)
    first = asyncio.create_task(reserve(uuid4(), [budget], Decimal(0), 1, NOW))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.gather(first, *(reserve(uuid4(), [budget], Decimal(0), 1, NOW) for _ in range(49)))
    assert statements == [1, 49]
    assert (await asyncio.to_thread(window, budget))[3] == 50


async def test_of_a_batch_that_does_not_fit_together_those_are_held_that_fit(make_budget, statements):
    large, small = await asyncio.to_thread(make_budget, tokens=100), await asyncio.to_thread(make_budget, tokens=3)
    calls = [reserve(uuid4(), [large, small], Decimal(0), 1, NOW) for _ in range(5)] + [reserve(uuid4(), [large], Decimal(0), 10, NOW)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results] == [type(None)] * 3 + [BudgetExceeded] * 2 + [type(None)]
    assert statements == [6]
    assert (await asyncio.to_thread(window, large))[3] == 13
    assert (await asyncio.to_thread(window, small))[3] == 3


async def test_one_that_postgres_never_takes_does_not_spoil_it_for_the_others(make_budget):
    budget = await asyncio.to_thread(make_budget, tokens=10**9)
    twice = uuid4()
    calls = [reserve(call_id, [budget], Decimal(0), tokens, NOW) for call_id, tokens in ((twice, 1), (uuid4(), 2**70), (twice, 1), (uuid4(), 1))]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results] == [type(None), DataError, IntegrityError, type(None)]
    assert (await asyncio.to_thread(window, budget))[3] == 2


async def test_a_failure_of_the_database_reaches_all_who_wait(make_budget, monkeypatch):
    budget = await asyncio.to_thread(make_budget, tokens=10)

    def fail(requests):
        raise ConnectionError

    monkeypatch.setattr(admission, "admit", fail)
    results = await asyncio.gather(*(reserve(uuid4(), [budget], Decimal(0), 1, NOW) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionError] * 3


@pytest.fixture
def gate(monkeypatch):
    """Admissions are done, and tell nobody until the gate opens."""
    from threading import Event

    gate, done = Event(), Event()
    admit = reserving.admit

    def work(requests):
        answers = admit(requests)
        done.set()
        assert gate.wait(20)
        return answers

    monkeypatch.setattr(admission, "admit", work)
    gate.done = done
    return gate


async def test_whoever_is_cancelled_after_admission_and_before_hearing_of_it_holds_nothing(make_budget, gate):
    budget = await asyncio.to_thread(make_budget, tokens=10)
    call_id = uuid4()
    task = asyncio.create_task(reserve(call_id, [budget], Decimal(0), 10, NOW))
    await asyncio.to_thread(gate.done.wait, 20)
    assert await asyncio.to_thread(state_of, call_id) == "held"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.set()
    # The next one stands in line behind it.
    await reserve(uuid4(), [budget], Decimal(0), 0, NOW)
    assert await asyncio.to_thread(state_of, call_id) == "settled"
    assert await asyncio.to_thread(window, budget) == (0, 0, 0, 0)


async def test_whoever_is_cancelled_and_was_refused_gives_nothing_back(make_budget, gate):
    budget = await asyncio.to_thread(make_budget, tokens=10)
    task = asyncio.create_task(reserve(uuid4(), [budget], Decimal(0), 11, NOW))
    await asyncio.to_thread(gate.done.wait, 20)
    task.cancel()
    await asyncio.wait([task])
    gate.set()
    await reserve(uuid4(), [budget], Decimal(0), 0, NOW)
    assert await asyncio.to_thread(window, budget) == (0, 0, 0, 0)


def test_a_loop_that_ends_leaves_nobody_waiting(make_budget, gate):
    budget = make_budget(tokens=10)
    heard = []

    async def ask():
        try:
            await reserve(uuid4(), [budget], Decimal(0), 1, NOW)
        except asyncio.CancelledError:
            heard.append("cancelled")
            raise

    async def work():
        waiting = [asyncio.create_task(ask())]
        await asyncio.to_thread(gate.done.wait, 20)
        waiting.append(asyncio.create_task(ask()))
        await asyncio.sleep(0)

    asyncio.run(work())
    gate.set()
    assert heard == ["cancelled"] * 2


def test_what_the_statement_refuses_is_not_admitted_by_arithmetic(make_budget, monkeypatch):
    budget = make_budget(tokens=10)
    monkeypatch.setattr(reserving, "_divide", lambda plans, left: [[] for _ in plans])
    with pytest.raises(RuntimeError, match="refuses what should fit"):
        hold(budget, tokens=11)
    assert window(budget) == (0, 0, 0, 0)


def test_of_many_that_do_not_fit_together_those_that_fit_take_two_statements(make_budget, django_assert_num_queries):
    money, tokens = make_budget(money="20"), make_budget("day", tokens=25)
    hold(money, tokens)
    requests = [reserving.Request(uuid4(), [money, tokens], Decimal(number % 2), 1, NOW) for number in range(50)]
    # A transaction's two ends, the two, and the look for leases that ran out.
    with django_assert_num_queries(5):
        answers = reserving.admit(requests)
    assert [len(shortfalls) for shortfalls in answers] == [0] * 24 + [1] * 26
    assert window(tokens) == (0, 12, 0, 25)


def test_a_budget_that_was_removed_since_the_catalogue_was_read_limits_nothing(make_budget):
    kept, gone = make_budget(tokens=10), make_budget(tokens=1)
    hold(kept, gone, tokens=1)
    Budget.objects.filter(pk=gone.id).delete()
    hold(kept, gone, tokens=5)
    assert window(kept) == (0, 0, 0, 6)
    never_there = make_budget(tokens=1)
    Budget.objects.filter(pk=never_there.id).delete()
    call_id = hold(never_there, tokens=5)
    assert Reservation.objects.get(pk=call_id).windows == []


def test_windows_are_looked_up_once(make_budget, django_assert_num_queries):
    budget = make_budget(tokens=10)
    request = reserving.Request(uuid4(), [budget], Decimal(0), 1, NOW)
    with django_assert_num_queries(4):
        reserving.admit([request])
    with django_assert_num_queries(1):
        reserving.admit([reserving.Request(uuid4(), [budget], Decimal(0), 1, NOW)])
    window_ids.forget_windows([(budget.id, NOW.date().replace(day=1))])
    with django_assert_num_queries(2):
        reserving.admit([reserving.Request(uuid4(), [budget], Decimal(0), 1, NOW)])


def test_the_known_windows_do_not_grow_for_ever(make_budget, monkeypatch):
    monkeypatch.setattr(window_ids, "_KNOWN_MAX", 1)
    hold(*(make_budget(tokens=10) for _ in range(3)), tokens=1)
    hold(make_budget(tokens=10), tokens=1)
    assert len(window_ids._known) == 1


def test_of_a_hundred_at_once_exactly_as_many_are_admitted_as_fit(make_budget):
    """Four loops in four threads, twenty-five calls each, of which every other one counts for a second budget too."""
    budget, second = make_budget(money="40", tokens=10**6), make_budget("day", tokens=10**6)
    barrier = Barrier(4)

    def work():
        async def ask():
            both = ([budget], [second, budget])
            return await asyncio.gather(*(reserve(uuid4(), both[number % 2], Decimal(1), 1, NOW) for number in range(25)), return_exceptions=True)

        barrier.wait(20)
        results = asyncio.run(ask())
        connection.close()
        return results

    with ThreadPoolExecutor(4) as threads:
        results = [result for thread in [threads.submit(work) for _ in range(4)] for result in thread.result()]
    assert results.count(None) == 40
    assert sum(isinstance(result, BudgetExceeded) for result in results) == 60
    assert window(budget) == (0, 40, 0, 40)
    assert Reservation.objects.count() == 40


def test_a_budget_counts_also_where_what_was_known_is_just_forgotten(make_budget, monkeypatch):
    monkeypatch.setattr(window_ids, "_KNOWN_MAX", 0)
    first, second = make_budget(tokens=10), make_budget(tokens=10)
    hold(first, tokens=1)
    hold(first, second, tokens=1)
    assert (window(first), window(second)) == ((0, 0, 0, 2), (0, 0, 0, 1))
