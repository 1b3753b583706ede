"""Redis is away or hangs: neither open nor closed, and nobody waits for it twice."""

import asyncio
import time
from threading import Thread

import pytest
from django.conf import settings

from apps.common.limits import Bucket
from apps.common.limits.breaker import Breaker
from apps.common.limits.limiter import Limiter
from apps.common.limits.local import LocalBuckets


def test_the_process_counts_by_itself(limiter_without_redis, bucket):
    verdicts = [limiter_without_redis.charge([bucket(capacity=2)]) for _ in range(3)]
    assert [(verdict.allowed, verdict.is_local) for verdict in verdicts] == [(True, True), (True, True), (False, True)]


async def test_so_does_it_on_an_event_loop(limiter_without_redis, bucket):
    verdicts = [await limiter_without_redis.acharge([bucket(capacity=2)]) for _ in range(3)]
    assert [(verdict.allowed, verdict.is_local) for verdict in verdicts] == [(True, True), (True, True), (False, True)]


def test_an_outage_is_one_line_in_the_log(limiter_without_redis, bucket, caplog):
    for _ in range(5):
        limiter_without_redis.charge([bucket()])
    assert [(record.message, record.reason) for record in caplog.records] == [("limits.redis_away", "ConnectionError")]


def test_a_server_that_hangs_costs_one_caller_the_wait(hanging, bucket):
    limiter = Limiter(hanging, timeout=0.3)
    started = time.monotonic()
    assert all(limiter.charge([bucket(capacity=100)]).is_local for _ in range(50))
    assert 0.3 <= time.monotonic() - started < 0.9


async def test_a_server_that_hangs_holds_no_event_loop_up(hanging, bucket):
    limiter = Limiter(hanging, timeout=0.3)
    started = time.monotonic()
    verdicts = await asyncio.gather(*(limiter.acharge([bucket(capacity=10)]) for _ in range(50)))
    assert sum(verdict.allowed for verdict in verdicts) == 10
    assert time.monotonic() - started < 1.5


def test_a_late_answer_is_not_asked_for_again(tmp_path, bucket):
    """The charge may have been made: a second one would take the tokens twice."""
    import socket

    asked = []
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.sock"))
        server.listen()

        def serve():
            connection, _ = server.accept()
            with connection:
                while said := connection.recv(65536):
                    asked.append(said)
                    if b"EVAL" not in said:
                        connection.sendall(b"+OK\r\n" * said.count(b"CLIENT"))

        thread = Thread(target=serve, daemon=True)
        thread.start()
        assert Limiter(f"unix://{tmp_path}/s.sock", timeout=0.3).charge([bucket()]).is_local
        thread.join(5)
    assert b"".join(asked).count(b"EVAL") == 1


def test_redis_is_asked_again_after_a_while_by_one_caller_at_a_time():
    now = [0.0]
    breaker = Breaker(pause=2, clock=lambda: now[0])
    assert breaker.may_try()
    breaker.failed(OSError())
    assert not breaker.may_try()
    now[0] = 2.0
    assert [breaker.may_try() for _ in range(3)] == [True, False, False]
    breaker.worked()
    assert [breaker.may_try() for _ in range(3)] == [True, True, True]


def test_the_process_remembers_so_many_buckets_and_forgets_the_oldest():
    local = LocalBuckets(most=2)
    for name in ("a", "b", "a", "c"):
        local.charge([Bucket(name, 5, 0)], 0)
    assert len(local) == 2
    look = [local.charge([Bucket(name, 5, 0, cost=0)], 0).remaining[0] for name in ("a", "b", "c")]
    assert look == [3, 5, 4]


async def test_no_answer_goes_to_the_wrong_caller_however_many_are_cancelled(limiter, bucket):
    """Each caller's bucket has another capacity, so an answer tells whose it is."""
    callers = 400
    buckets = [bucket(f"caller {number}", capacity=1_000 + number) for number in range(callers)]
    right = 0
    for turn in range(10):
        tasks = [asyncio.create_task(limiter.acharge([buckets[number]])) for number in range(callers)]
        for number, task in enumerate(tasks):
            if (number + turn) % 3 == 0:
                asyncio.get_running_loop().call_later((number % 40) / 2000, task.cancel)
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        for number, answer in enumerate(answers):
            if not isinstance(answer, asyncio.CancelledError):
                assert not answer.is_local
                assert 1_000 + number - turn - 1 == answer.remaining[0]
                right += 1
    assert right >= 10 * callers * 2 // 3


async def test_who_is_cancelled_has_been_charged_all_the_same(limiter, bucket):
    await limiter.acharge([bucket(cost=0)])
    task = asyncio.create_task(limiter.acharge([bucket()]))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.gather(*limiter._asking)
    assert (await limiter.acharge([bucket(cost=0)])).remaining == (2,)


def test_each_event_loop_has_connections_of_its_own(bucket):
    limiter = Limiter(settings.REDIS_URL, timeout=10)
    left = [asyncio.run(limiter.acharge([bucket()])).remaining[0] for _ in range(3)]
    assert left == [2, 1, 0]
    assert len(limiter._connections._by_loop) == 1


async def test_the_script_comes_back_on_an_event_loop_too(limiter, bucket):
    await limiter._connections.of_this_loop().script_flush()
    assert not (await limiter.acharge([bucket()])).is_local
