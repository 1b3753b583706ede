"""What a call may cost is held before anything else is asked, and comes free whatever becomes of it."""

import asyncio
from contextlib import aclosing
from decimal import Decimal

import pytest

from apps.gateway.calls import Kind
from apps.gateway.errors import BudgetExceeded, ModelWithoutPrice
from apps.gateway.models import BudgetWindow, QueryLog, Reservation, UsageRecord
from apps.gateway.steps.budgeted import budgeted
from apps.gateway.steps.recorded import recorded
from apps.gateway.types import Principal
from tests.gateway.ledger.calls import ANSWER, CHEAP, EMBEDDED, PRICED, UNPRICED, USAGE, answering, make_call
from tests.gateway.ledger.conftest import make_budget  # noqa: F401  (a fixture)


def through(call, follow):
    """As the pipeline puts them together."""
    return recorded(call, lambda call: budgeted(call, follow))


async def drain(call, follow):
    return [item async for item in through(call, follow)]


def refused(call):
    raise AssertionError("nothing may follow a refusal")
    yield


@pytest.fixture
def spent(transactional_db):
    def read():
        return BudgetWindow.objects.values_list("spent_money", "reserved_money", "spent_tokens", "reserved_tokens").get()

    return lambda: asyncio.to_thread(read)


@pytest.fixture
async def budget(make_budget):  # noqa: F811
    return await asyncio.to_thread(make_budget, money="1", tokens=100_000)


def call_of(budget, *targets, **fields):
    return make_call(*targets, budgets=[budget], principal=Principal(budget.subject_id, None, "test"), **fields)


async def test_a_call_that_no_budget_counts_for_reserves_nothing(transactional_db):
    call = make_call(UNPRICED)
    assert len(await drain(call, answering(*ANSWER, usage=USAGE, target=UNPRICED))) == 3
    assert not call.is_reserved
    assert not await Reservation.objects.aexists()


async def test_while_it_is_under_way_the_most_it_may_cost_is_held_and_afterwards_what_it_did(budget, spent):
    call = call_of(budget, CHEAP, PRICED)
    async with aclosing(through(call, answering(*ANSWER, usage=USAGE))) as flow:
        await anext(flow)
        assert call.is_reserved
        assert await spent() == (0, Decimal("0.001015"), 0, 106)
        assert len([item async for item in flow]) == 2
    assert await spent() == (Decimal("0.0045"), 0, 1200, 0)


async def test_a_refused_call_asks_nobody_and_is_written_down(budget, spent):
    call = call_of(budget, parameters={"max_tokens": 200_000})
    with pytest.raises(BudgetExceeded, match="Your budget for this month"):
        await drain(call, refused)
    assert await spent() == (0, 0, 0, 0)
    row = await QueryLog.objects.aget()
    assert (row.outcome, row.call_id, row.money, row.model, row.attempt_count) == ("insufficient_quota", call.id, 0, "", 0)
    assert not await UsageRecord.objects.aexists()


async def test_where_money_is_counted_models_without_a_price_are_not_asked(budget):
    call = call_of(budget, UNPRICED, CHEAP)
    await drain(call, answering(*ANSWER, usage=USAGE, target=CHEAP))
    assert call.route.targets == (CHEAP,)
    with pytest.raises(ModelWithoutPrice):
        await drain(call_of(budget, UNPRICED), refused)


async def test_where_only_tokens_are_counted_they_are(make_budget, spent):  # noqa: F811
    budget = await asyncio.to_thread(make_budget, tokens=2000)
    await drain(call_of(budget, UNPRICED), answering(*ANSWER, usage=USAGE, target=UNPRICED))
    assert await spent() == (0, 0, 1200, 0)
    assert (await UsageRecord.objects.aget()).money is None


async def test_vectors_of_the_house_are_free_of_budgets(budget):
    call = call_of(budget, EMBEDDED, kind=Kind.EMBEDDING)
    await drain(call, answering([[0.1]], usage=USAGE, target=EMBEDDED))
    assert not call.is_reserved
    assert not await Reservation.objects.aexists()


async def test_vectors_that_cost_something_are_not(budget, spent):
    await drain(call_of(budget, CHEAP, kind=Kind.BULK_EMBEDDING), answering([[0.1]], usage=USAGE, target=CHEAP))
    assert await spent() == (Decimal("0.00027"), 0, 1200, 0)


async def test_a_failure_frees_what_was_held(budget, spent):
    with pytest.raises(ZeroDivisionError):
        await drain(call_of(budget), answering(error=ZeroDivisionError()))
    assert await spent() == (0, 0, 0, 0)


async def test_a_reader_who_leaves_frees_it_and_pays_what_was_billed(budget, spent):
    async with aclosing(through(call_of(budget), answering(*ANSWER, usage=USAGE))) as flow:
        await anext(flow)
    assert await spent() == (Decimal("0.0045"), 0, 1200, 0)
    assert (await QueryLog.objects.aget()).outcome == "stopped"


async def test_whoever_is_cancelled_while_asking_for_it_holds_nothing(budget, spent):
    """Cancelled at each step of the loop that it may be at."""
    for steps in range(12):
        task = asyncio.create_task(drain(call_of(budget), answering(*ANSWER)))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
    # This one stands in line behind all of them.
    await drain(call_of(budget), answering(*ANSWER, usage=USAGE))
    assert await spent() == (Decimal("0.0045"), 0, 1200, 0)
