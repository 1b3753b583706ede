"""Whatever happens to calls, in whatever order, the ledger adds up and what was held comes free.

The product on one side, a few lines of arithmetic on the other. Calls begin, stream, end, are left, die, are settled twice or long after
their lease ran out, while days and months go by and sweepers come.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import connection
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule, run_state_machine_as_test

from apps.accounts.models import User
from apps.gateway.errors import BudgetExceeded
from apps.gateway.ledger.admission import reserve
from apps.gateway.ledger.settling import Settlement, settle
from apps.gateway.ledger.sweeping import sweep
from apps.gateway.ledger.windows import start_of
from apps.gateway.models import Budget
from tests.gateway.ledger.conftest import info, usage

BEGIN = datetime(2026, 11, 29, 22, 0, tzinfo=UTC)
LEASE = timedelta(seconds=660)
UNIT = Decimal("0.000000001")
# How much more than it held a call may turn out to cost: models write on past their estimate.
ERROR_MONEY, ERROR_TOKENS = Decimal("0.3"), 30
CAPS = (("day", Decimal("1"), None), ("day", None, 100), ("month", Decimal("2.5"), 250), ("month", None, 400))

# Round ones too, so that a cap is met exactly.
money = st.sampled_from([Decimal(0), Decimal("0.25"), Decimal("0.5")]) | st.integers(0, 700_000_000).map(lambda number: number * UNIT)
few_budgets = st.sets(st.integers(0, len(CAPS) - 1), min_size=1)
Place = tuple[int, date]


@dataclass
class Made:
    """A call as the arithmetic knows it."""

    places: frozenset[Place]
    money: Decimal
    tokens: int
    expires_at: datetime
    id: UUID = field(default_factory=uuid4)
    # held, settled, expired
    state: str = "held"
    used_money: Decimal = Decimal(0)
    used_tokens: int = 0
    # What the ledger was told, once it was.
    counted_money: Decimal = Decimal(0)
    counted_tokens: int = 0
    is_counted: bool = False
    was_expired: bool = False


class Ledger(RuleBasedStateMachine):
    running = Bundle("running")
    # Nobody will hear of them again, or only much later.
    lost = Bundle("lost")
    ended = Bundle("ended")

    @initialize()
    def begin(self):
        self.now = BEGIN
        person = User.objects.create_user(f"{uuid4()}@example.org", None, name="Somebody")
        self.budgets = [info(Budget.objects.create(user=person, period=period, money=money, tokens=tokens)) for period, money, tokens in CAPS]
        self.caps = {budget.id: budget for budget in self.budgets}
        self.calls = []
        self.loop = asyncio.new_event_loop()

    def teardown(self):
        if not hasattr(self, "loop"):
            return
        self.loop.close()
        self.now += timedelta(days=1)
        sweep(self.now)
        self._expire()
        self.the_ledger_adds_up()
        assert all(reserved == (0, 0) for _, reserved in self._windows().values())

    # --- what happens

    @rule(target=running, chosen=few_budgets, amount=money, tokens=st.integers(1, 60))
    def start(self, chosen, amount, tokens):
        return multiple(*self._start([(chosen, amount, tokens)]))

    @rule(target=running, wanted=st.lists(st.tuples(few_budgets, money, st.integers(1, 60)), min_size=2, max_size=6))
    def start_several_at_once(self, wanted):
        return multiple(*self._start(wanted))

    @rule(call=running, amount=money, tokens=st.integers(0, 40))
    def chunk(self, call, amount, tokens):
        call.used_money = min(call.used_money + amount, call.money + ERROR_MONEY)
        call.used_tokens = min(call.used_tokens + tokens, call.tokens + ERROR_TOKENS)

    @rule(target=ended, call=consumes(running))
    def finish_or_leave(self, call):
        """For the ledger it is the same: what was used so far is billed."""
        return self._settle(call)

    @rule(target=lost, call=consumes(running))
    def crash(self, call):
        return call

    @rule(target=ended, call=consumes(lost))
    def settle_late(self, call):
        """Its process was only slow: it may have been swept since, or not."""
        return self._settle(call)

    @rule(call=ended, more=money)
    def settle_again(self, call, more):
        """The same call with the same attempt, and even with another number."""
        call.used_money += more
        self._settle(call)

    @rule(calls=st.lists(consumes(running), min_size=2, max_size=4, unique_by=lambda call: call.id), target=ended)
    def cancel_several(self, calls):
        for call in calls:
            call.used_money, call.used_tokens = Decimal(0), 0
            self._settle(call)
        return multiple(*calls)

    @rule(seconds=st.sampled_from((1, 300, 600, 661, 7200, 12 * 3600, 26 * 3600)))
    def time_goes_by(self, seconds):
        self.now += timedelta(seconds=seconds)

    @rule()
    def sweep(self):
        sweep(self.now)
        self._expire()

    # --- what always holds

    @invariant()
    def the_ledger_adds_up(self):
        if not hasattr(self, "calls"):
            return
        windows = self._windows()
        assert self._held_rows() == {place: reserved for place, (_, reserved) in windows.items() if reserved != (0, 0)}
        for place, (spent, reserved) in windows.items():
            assert (spent, reserved) == (self._spent(place), self._reserved(place)), place
            self._never_much_more_than_allowed(place, spent, reserved)

    def _never_much_more_than_allowed(self, place, spent, reserved):
        """Beyond its cap it is only by what calls took over their estimates, and by what came after their leases had run out."""
        cap = self.caps[place[0]]
        here = [call for call in self.calls if place in call.places and call.is_counted]
        over_money = sum((max(Decimal(0), call.counted_money - self._still_held(call)[0]) for call in here), Decimal(0))
        over_tokens = sum(max(0, call.counted_tokens - self._still_held(call)[1]) for call in here)
        assert cap.money is None or spent[0] + reserved[0] <= cap.money + over_money
        assert cap.tokens is None or spent[1] + reserved[1] <= cap.tokens + over_tokens

    @staticmethod
    def _still_held(call):
        return (Decimal(0), 0) if call.was_expired else (call.money, call.tokens)

    # --- the arithmetic

    def _start(self, wanted):
        made = [self._make(*one) for one in wanted]
        results = self.loop.run_until_complete(self._reserve(made, wanted))
        assert all(result is None or isinstance(result, BudgetExceeded) for result in results), results
        admitted = self._admit(made)
        if len(admitted) < len(made):
            # Before anybody is refused what nobody will settle comes free.
            self._expire()
            admitted += self._admit([call for call in made if call not in admitted])
        assert {call.id for call in admitted} == {call.id for call, result in zip(made, results, strict=True) if result is None}
        return admitted

    def _admit(self, calls):
        """In the order in which they stand in line: each one that fits, and no other."""
        admitted = []
        for call in calls:
            if self._fits(call):
                admitted.append(call)
                self.calls.append(call)
        return admitted

    async def _reserve(self, made, wanted):
        calls = [
            reserve(call.id, [self.budgets[number] for number in sorted(chosen)], amount, tokens, self.now)
            for call, (chosen, amount, tokens) in zip(made, wanted, strict=True)
        ]
        return await asyncio.gather(*calls, return_exceptions=True)

    def _make(self, chosen, amount, tokens):
        budgets = [self.budgets[number] for number in chosen]
        return Made(frozenset((budget.id, start_of(budget.period, self.now)) for budget in budgets), amount, tokens, self.now + LEASE)

    def _fits(self, call):
        return all(self._fits_in(place, call) for place in call.places)

    def _fits_in(self, place, call):
        cap, spent, reserved = self.caps[place[0]], self._spent(place), self._reserved(place)
        fits_money = cap.money is None or call.money == 0 or spent[0] + reserved[0] + call.money <= cap.money
        return fits_money and (cap.tokens is None or spent[1] + reserved[1] + call.tokens <= cap.tokens)

    def _settle(self, call):
        row = usage(call.id, money=call.used_money, tokens=call.used_tokens)
        settle(Settlement(call.id, is_reserved=True, usages=(row,)))
        if not call.is_counted:
            call.counted_money, call.counted_tokens, call.is_counted = call.used_money, call.used_tokens, True
        call.state = "settled"
        return call

    def _expire(self):
        for call in self.calls:
            if call.state == "held" and call.expires_at < self.now:
                call.state, call.was_expired = "expired", True

    def _spent(self, place):
        here = [call for call in self.calls if place in call.places]
        return sum((call.counted_money for call in here), Decimal(0)), sum(call.counted_tokens for call in here)

    def _reserved(self, place):
        here = [call for call in self.calls if place in call.places and call.state == "held"]
        return sum((call.money for call in here), Decimal(0)), sum(call.tokens for call in here)

    # --- the rows

    def _windows(self):
        rows = self._rows(
            "SELECT budget_id, starts_on, spent_money, spent_tokens, reserved_money, reserved_tokens FROM gateway_budgetwindow WHERE budget_id = ANY(%s)"
        )
        return {(budget, start): ((spent, spent_tokens), (reserved, tokens)) for budget, start, spent, spent_tokens, reserved, tokens in rows}

    def _held_rows(self):
        """What the reservations themselves say is held, by window."""
        rows = self._rows(
            "SELECT own.budget_id, own.starts_on, sum(held.money), sum(held.tokens) FROM gateway_reservation AS held"
            " JOIN gateway_budgetwindow AS own ON own.id = ANY(held.windows) WHERE held.state = 'held' AND own.budget_id = ANY(%s) GROUP BY 1, 2"
        )
        return {(budget, start): (amount, tokens) for budget, start, amount, tokens in rows}

    def _rows(self, statement):
        with connection.cursor() as cursor:
            cursor.execute(statement, [list(self.caps)])
            return cursor.fetchall()


@pytest.mark.slow
def test_whatever_happens_the_ledger_adds_up_and_what_was_held_comes_free(transactional_db, request):
    count = request.config.getoption("--gateway-examples")
    chosen = settings(max_examples=count or 12, stateful_step_count=30, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Ledger if count else seed(0)(Ledger), settings=chosen)
