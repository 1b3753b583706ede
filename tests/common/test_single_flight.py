"""One goes, the others wait."""

import asyncio

import pytest

from apps.common.single_flight import SingleFlight


class Errand:
    def __init__(self):
        self.count = 0
        self.may_end = asyncio.Event()

    async def run(self):
        self.count += 1
        await self.may_end.wait()
        return self.count


async def test_of_many_at_once_one_goes():
    flights, errand = SingleFlight(), Errand()
    waiting = [asyncio.create_task(flights.fly("a", errand.run)) for _ in range(20)]
    await asyncio.sleep(0)
    errand.may_end.set()
    assert await asyncio.gather(*waiting) == [1] * 20


async def test_other_keys_and_later_callers_go_by_themselves():
    flights, errand = SingleFlight(), Errand()
    errand.may_end.set()
    assert await asyncio.gather(flights.fly("a", errand.run), flights.fly("b", errand.run)) == [1, 2]
    assert await flights.fly("a", errand.run) == 3


async def test_who_is_cancelled_ends_it_for_nobody_else():
    flights, errand = SingleFlight(), Errand()
    first, second = (asyncio.create_task(flights.fly("a", errand.run)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    errand.may_end.set()
    assert await second == 1


async def test_an_error_is_everybodys_and_the_next_tries_again():
    flights, tries = SingleFlight(), []

    async def fail():
        tries.append(1)
        await asyncio.sleep(0)
        raise ValueError("no")

    outcomes = await asyncio.gather(*[flights.fly("a", fail) for _ in range(3)], return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ValueError] * 3
    with pytest.raises(ValueError, match="no"):
        await flights.fly("a", fail)
    assert len(tries) == 2
