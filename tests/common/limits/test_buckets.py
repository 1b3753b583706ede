"""What a bucket allows, asked of the real server; and that the process's own buckets count to the micro-token as it does."""

import time
from dataclasses import replace

import pytest
import redis
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apps.common.limits import Bucket, acharge, charge, give_back, private
from apps.common.limits.buckets import CAPACITY_MAX, MICRO, NO_REFILL_MS, PER_SECOND_MAX, judge
from apps.common.limits.limiter import SCRIPT, Limiter, script_arguments, script_keys
from apps.common.limits.local import LocalBuckets


@pytest.fixture(scope="module")
def server():
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        yield client


def at_server(server, buckets, now):
    """Charge at a moment of our own. The server forgets by its clock, which is another one: here it forgets nothing."""
    with server.pipeline(transaction=True) as pipe:
        pipe.eval(SCRIPT, len(buckets), *script_keys(buckets), *script_arguments(buckets, now))
        for key in script_keys(buckets):
            pipe.persist(key)
        answer = pipe.execute()[0]
    return judge(buckets, answer[1:], allowed=answer[0] == 1, is_local=True)


def kept_by(server, bucket):
    """What is kept of a bucket that is not full."""
    value = server.get(*script_keys([bucket]))
    return tuple(map(int, value.split())) if value else None


def kept_here(local, bucket):
    kept = local._kept.get(bucket.key)
    return tuple(kept.state) if kept and kept.state.level < bucket.full else None


def test_a_bucket_allows_what_it_holds_and_no_more(limiter, bucket):
    verdicts = [limiter.charge([bucket(capacity=3)]) for _ in range(5)]
    assert [verdict.allowed for verdict in verdicts] == [True, True, True, False, False]
    assert [verdict.remaining for verdict in verdicts] == [(2,), (1,), (0,), (0,), (0,)]
    assert not any(verdict.is_local for verdict in verdicts)


def test_a_refusal_names_the_bucket_and_says_when_it_would_allow(limiter, bucket):
    slow = bucket("slow", capacity=1, per_second=0.5)
    limiter.charge([slow])
    verdict = limiter.charge([bucket("wide"), slow])
    assert (verdict.allowed, verdict.refused) == (False, slow)
    assert 1.0 < verdict.retry_after <= 2.0


def test_of_two_that_refuse_the_longer_wait_is_told(limiter, bucket):
    quick, slow = bucket("quick", 1, 100), bucket("slow", 1, 0.01)
    limiter.charge([quick, slow])
    assert limiter.charge([quick, slow]).refused == slow


def test_all_buckets_are_charged_or_none(limiter, bucket):
    wide, narrow = bucket("wide", 10), bucket("narrow", 1)
    assert limiter.charge([wide, narrow]).remaining == (9, 0)
    assert limiter.charge([wide, narrow]).remaining == (9, 0)


def test_what_costs_more_than_there_ever_is_has_no_time_to_wait_for(limiter, bucket):
    verdict = limiter.charge([bucket(capacity=3, per_second=100, cost=4)])
    assert (verdict.allowed, verdict.retry_after) == (False, None)
    assert verdict.remaining == (3,)


def test_without_refill_nobody_is_told_to_wait(limiter, bucket):
    limiter.charge([bucket(capacity=1)])
    assert limiter.charge([bucket(capacity=1)]).retry_after is None


def test_a_bucket_fills_again_by_the_servers_clock(limiter, bucket):
    quick = bucket(capacity=2, per_second=50)
    limiter.charge([quick]), limiter.charge([quick])
    time.sleep(0.05)
    assert limiter.charge([quick]).allowed


def test_looking_costs_nothing(limiter, bucket):
    assert limiter.charge([bucket(cost=0)]).remaining == (3,)
    assert limiter.charge([bucket(cost=0)]).remaining == (3,)


def test_what_is_given_back_is_there_again_and_never_more(limiter, bucket):
    limiter.charge([bucket(cost=2)])
    assert limiter.charge([bucket(cost=-1)]).remaining == (2,)
    assert limiter.charge([bucket(cost=-5)]).remaining == (3,)


def test_a_bucket_is_kept_no_longer_than_until_it_is_full(limiter, bucket, server):
    filling, still = bucket("filling", 10, 2, cost=4), bucket("still")
    limiter.charge([filling, still])
    kept, forever = (server.pttl(key) for key in script_keys([filling, still]))
    assert 1_000 < kept <= 2_000
    assert NO_REFILL_MS - 10_000 < forever <= NO_REFILL_MS
    limiter.charge([bucket("filling", 10, 2, cost=-10)])
    assert server.exists(*script_keys([filling])) == 0


def test_keys_have_the_houses_prefix(bucket):
    assert script_keys([bucket()])[0].startswith("quire:limit:")


def test_a_lowered_capacity_counts_at_once(limiter, bucket):
    limiter.charge([bucket(capacity=100)])
    assert limiter.charge([bucket(capacity=5)]).remaining == (4,)


def test_the_script_comes_back_after_the_server_forgot_it(limiter, bucket, server):
    server.script_flush()
    assert not limiter.charge([bucket()]).is_local
    assert limiter.charge([bucket()]).remaining == (1,)


def test_no_bucket_at_all_is_no_limit(limiter):
    assert limiter.charge([]).allowed


def test_a_bucket_twice_in_one_call_is_a_mistake(limiter, bucket):
    with pytest.raises(ValueError, match="once a call"):
        limiter.charge([bucket(), bucket()])


@pytest.mark.parametrize("wrong", [(-1, 1.0, 1), (CAPACITY_MAX + 1, 1.0, 1), (1, -0.1, 1), (1, PER_SECOND_MAX + 1.0, 1), (1, 1.0, CAPACITY_MAX + 1)])
def test_a_bucket_that_could_not_be_counted_exactly_is_refused(wrong):
    with pytest.raises(ValueError, match="A bucket holds"):
        Bucket("key", *wrong)


def test_a_refill_that_is_on_is_never_rounded_to_off():
    assert Bucket("key", 1, 1e-9).rate == 1


def test_the_largest_bucket_counts_to_the_last_token(limiter, bucket):
    widest = bucket(capacity=CAPACITY_MAX, per_second=PER_SECOND_MAX, cost=CAPACITY_MAX)
    assert limiter.charge([widest]).remaining == (0,)
    assert limiter.charge([widest]).retry_after > CAPACITY_MAX / PER_SECOND_MAX - 60


RATES = st.one_of(st.just(0.0), st.floats(0.0001, 50), st.floats(1000, PER_SECOND_MAX))
STEP = st.tuples(
    st.lists(st.tuples(st.integers(0, 2), st.integers(-3, 40)), min_size=1, max_size=3, unique_by=lambda one: one[0]),
    st.one_of(st.integers(-50, 3_000), st.integers(0, 100_000_000)),
)


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shapes=st.lists(st.tuples(st.one_of(st.integers(0, 30), st.integers(0, CAPACITY_MAX)), RATES), min_size=3, max_size=3),
    steps=st.lists(STEP, max_size=25),
    start=st.integers(0, 2_000_000_000_000),
)
def test_the_server_and_the_process_count_alike_to_the_micro_token(server, bucket, shapes, steps, start):
    local, now = LocalBuckets(), start
    buckets = [bucket(f"{place}", *shape) for place, shape in enumerate(shapes)]
    server.delete(*script_keys(buckets))
    for charges, pause in steps:
        # Less than the day after which the process would forget a bucket without refill.
        now = max(0, now + min(pause, NO_REFILL_MS // 25 - 1))
        charged = [replace(buckets[place], cost=cost) for place, cost in charges]
        assert at_server(server, charged, now) == local.charge(charged, now)
        assert [kept_by(server, one) for one in buckets] == [kept_here(local, one) for one in buckets]


@hypothesis_settings(deadline=None)
@given(capacity=st.integers(1, 100), rate=st.floats(0.001, 50), pauses=st.lists(st.integers(1, 2000), max_size=10))
def test_no_sequence_of_charges_gets_more_than_capacity_and_refill(capacity, rate, pauses):
    local, now, taken = LocalBuckets(), 0, 0
    bucket = Bucket("one", capacity, rate)
    for pause in pauses:
        while local.charge([bucket], now).allowed:
            taken += 1
        now += pause
    assert taken <= capacity + sum(pauses) * bucket.rate / 1000 / MICRO


@hypothesis_settings(deadline=None)
@given(capacity=st.integers(1, 50), rate=st.floats(0.001, 1000), cost=st.integers(1, 50))
def test_the_wait_that_is_told_is_enough_and_a_millisecond_less_is_not(capacity, rate, cost):
    local = LocalBuckets()
    cost = min(cost, capacity)
    local.charge([Bucket("one", capacity, rate, capacity)], 0)
    wait = round(local.charge([Bucket("one", capacity, rate, cost)], 0).retry_after * 1000)
    assert not local.charge([Bucket("one", capacity, rate, cost)], wait - 1).allowed
    assert local.charge([Bucket("one", capacity, rate, cost)], wait).allowed


def test_a_limiter_is_made_once_for_an_address():
    from apps.common.limits.limiter import limiter_at

    assert isinstance(limiter_at(settings.REDIS_URL), Limiter)
    assert limiter_at(settings.REDIS_URL) is limiter_at(settings.REDIS_URL)


async def test_the_face_of_the_package_charges_at_the_settings_redis(bucket):
    one = bucket()
    assert charge([one]).remaining == (2,)
    assert (await acharge([one])).remaining == (1,)
    give_back([one, bucket("other")])
    assert charge([replace(one, cost=0)]).remaining == (2,)


def test_a_name_tells_nobody_whose_it_is(settings):
    name = private("alice@example.org")
    assert "alice" not in name
    assert name == private("alice@example.org") != private("bob@example.org")
    settings.SECRET_KEY = "another"
    assert private("alice@example.org") != name
