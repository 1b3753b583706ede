"""When a model is left alone, and how it comes back. No clock runs."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from apps.gateway.resilience.breaker import Breaker, Rules


@pytest.fixture
def now():
    return [1000.0]


@pytest.fixture
def breaker(now):
    return Breaker(clock=lambda: now[0])


def fail(breaker, times):
    return [breaker.fail(breaker.admit(10)) for _ in range(times)]


def test_it_opens_at_the_fifth_failure_in_a_row(breaker):
    fail(breaker, 4)
    breaker.succeed(breaker.admit(10))
    assert fail(breaker, 5) == [False] * 4 + [True]
    assert breaker.admit(10) is None
    assert breaker.wait_seconds() == 60


def test_it_opens_where_half_of_twenty_calls_fail(breaker):
    for _ in range(9):
        breaker.succeed(breaker.admit(10))
        breaker.fail(breaker.admit(10))
    breaker.succeed(breaker.admit(10))
    assert breaker.is_closed
    breaker.fail(breaker.admit(10))
    assert not breaker.is_closed


def test_failures_of_more_than_a_minute_ago_do_not_count_into_the_rate(breaker, now):
    for _ in range(9):
        breaker.succeed(breaker.admit(10))
        breaker.fail(breaker.admit(10))
    now[0] += 61
    breaker.succeed(breaker.admit(10))
    breaker.fail(breaker.admit(10))
    assert breaker.is_closed


def test_one_probe_at_a_time_is_let_through_after_a_minute(breaker, now):
    fail(breaker, 5)
    now[0] += 59.9
    assert breaker.admit(10) is None
    now[0] += 0.1
    probe = breaker.admit(10)
    assert probe.is_probe
    assert [breaker.admit(10) for _ in range(3)] == [None] * 3
    assert breaker.wait_seconds() == 5


def test_a_good_probe_closes_it_and_the_rest_of_its_answer_counts_like_any_other(breaker, now):
    fail(breaker, 5)
    now[0] += 60
    probe = breaker.admit(10)
    assert breaker.succeed(probe)
    assert breaker.is_closed
    assert breaker.wait_seconds() == 0
    assert not breaker.fail(probe)
    assert fail(breaker, 4)[-1]


def test_a_bad_probe_opens_it_for_another_minute(breaker, now):
    fail(breaker, 5)
    now[0] += 70
    assert breaker.fail(breaker.admit(10))
    assert breaker.wait_seconds() == 60


def test_a_stopped_probe_says_nothing_and_the_next_call_probes(breaker, now):
    fail(breaker, 5)
    now[0] += 60
    assert breaker.release(breaker.admit(10))
    assert breaker.admit(10).is_probe


def test_a_prober_that_dies_is_replaced_when_its_lease_runs_out_and_its_late_word_is_not_heard(breaker, now):
    fail(breaker, 5)
    now[0] += 60
    lost = breaker.admit(10)
    now[0] += 9.9
    assert breaker.admit(10) is None
    now[0] += 0.1
    assert breaker.admit(10).is_probe
    assert not breaker.succeed(lost)
    assert not breaker.fail(lost)
    assert not breaker.release(lost)


def test_calls_from_before_an_opening_say_nothing_about_the_time_after(breaker, now):
    early = [breaker.admit(10) for _ in range(6)]
    fail(breaker, 5)
    now[0] += 60
    breaker.succeed(breaker.admit(10))
    assert [breaker.fail(permit) for permit in early] == [False] * 6
    assert breaker.is_closed


def test_what_another_process_found_out_holds_here_too(breaker):
    known = breaker.hold(30, breaker.generation)
    assert breaker.wait_seconds() == 30
    assert breaker.hold(40, known) == known
    assert breaker.hold(20, known) == known
    assert breaker.wait_seconds() == 40
    breaker.close(known)
    assert breaker.is_closed


def test_old_news_from_another_process_is_no_news(breaker):
    old = breaker.generation
    fail(breaker, 5)
    assert breaker.hold(500, old) is None
    breaker.close(old)
    assert breaker.wait_seconds() == 60


def test_a_probe_under_way_has_the_last_word(breaker, now):
    fail(breaker, 5)
    now[0] += 60
    probe = breaker.admit(10)
    breaker.close(breaker.generation)
    assert not breaker.is_closed
    assert breaker.fail(probe)


RULES = Rules()
SLICE = RULES.window_seconds / RULES.slices


class Reference:
    """The same, told by its whole history: every verdict with its time, since the last change."""

    def __init__(self):
        self.generation, self.until, self.probe, self.probed_until, self.told = 0, None, None, 0.0, []

    def is_admitted(self, now):
        return self.until is None or (now >= self.until and now >= self.probed_until)

    def change(self, until):
        self.generation, self.until, self.probe, self.probed_until, self.told = self.generation + 1, until, None, 0.0, []

    def should_open(self, now):
        recent = [is_good for at, is_good in self.told if at // SLICE > now // SLICE - RULES.slices]
        last = [is_good for _, is_good in self.told][-RULES.consecutive :]
        too_many = len(last) == RULES.consecutive and not any(last)
        return too_many or (len(recent) >= RULES.least_calls and recent.count(False) * 2 >= len(recent))


class BreakerMachine(RuleBasedStateMachine):
    """Calls begin and end in any order, at any time, while other processes tell what they know."""

    permits = Bundle("permits")

    @initialize()
    def begin(self):
        self.now = 10_000.0
        self.breaker, self.reference = Breaker(RULES, lambda: self.now), Reference()

    @rule(seconds=st.sampled_from([0.0, 0.1, 1.0, 4.9, 5.0, 13.0, 55.0, 60.0, 61.0, 300.0]))
    def wait(self, seconds):
        self.now += seconds

    @rule(target=permits, count=st.integers(1, 12), lease=st.sampled_from([1.0, 13.0, 130.0]))
    def call(self, count, lease):
        begun = []
        for _ in range(count):
            permit = self.breaker.admit(lease)
            assert (permit is not None) == self.reference.is_admitted(self.now)
            if permit is not None:
                is_probe = self.reference.until is not None
                assert permit.is_probe == is_probe
                begun.append((permit, [self.reference.generation, is_probe]))
                if is_probe:
                    self.reference.probe, self.reference.probed_until = permit, self.now + lease
        return multiple(*begun)

    @rule(call=consumes(permits), is_good=st.booleans())
    def end(self, call, is_good):
        permit, (generation, is_probe) = call
        reference = self.reference
        changed = (self.breaker.succeed if is_good else self.breaker.fail)(permit)
        if is_probe:
            expected = permit is reference.probe
        else:
            counts = generation == reference.generation
            reference.told += [(self.now, is_good)] * counts
            expected = counts and not is_good and reference.should_open(self.now)
        if expected:
            reference.change(None if is_good else self.now + RULES.open_seconds)
        assert changed == expected

    @rule(call=consumes(permits), pause=st.sampled_from([0.0, 1.0]))
    def stop(self, call, pause):
        permit, _ = call
        expected = permit is self.reference.probe
        if expected:
            self.reference.probe, self.reference.probed_until = None, self.now + pause
        assert self.breaker.release(permit, pause) == expected

    @rule(seconds=st.sampled_from([-30.0, 5.0, 60.0, 90.0]), age=st.integers(0, 1))
    def hear_of_an_opening(self, seconds, age):
        reference = self.reference
        generation = reference.generation - age
        if age == 0 and reference.until is None:
            reference.change(self.now + seconds)
        elif age == 0:
            reference.until = max(reference.until, self.now + seconds)
        assert self.breaker.hold(seconds, generation) == (reference.generation if age == 0 else None)

    @rule(age=st.integers(0, 1))
    def hear_of_a_closing(self, age):
        self.breaker.close(self.reference.generation - age)
        if age == 0 and self.reference.until is not None and self.reference.probe is None:
            self.reference.change(None)

    @invariant()
    def both_say_the_same(self):
        assert self.breaker.is_closed == (self.reference.until is None)
        assert self.breaker.generation == self.reference.generation
        assert self.breaker.is_probing == (self.reference.probe is not None)


TestBreaker = BreakerMachine.TestCase
TestBreaker.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
