"""The exact cache: memory, then Redis, which may be slow, away or emptied."""

import asyncio
import time
from dataclasses import replace

import pytest
import redis
from django.conf import settings as chosen

from apps.common.limits.breaker import Breaker
from apps.gateway.caching import background, exact
from apps.gateway.caching.answers import Answer, Gathered, read_answer
from apps.gateway.caching.exact import KEPT_SECONDS, ExactCache
from apps.gateway.caching.memory import Memory
from apps.gateway.types import Chunk, ToolCallPart, Usage
from tests.gateway.caching.conftest import LAST

ANSWER = Answer("Five euros.", 10, 5, False, "acme/small", 1_800_000_000.0)


@pytest.fixture
def server():
    return redis.Redis.from_url(chosen.REDIS_URL)


async def keep(cache, key="k", answer=ANSWER):
    cache.keep(key, answer)
    await background.finish()


async def test_it_is_found_here_and_by_another_process(answers, clock):
    await keep(answers)
    elsewhere = ExactCache(chosen.REDIS_URL, timeout=10, clock=clock)
    assert await answers.find("k") == ANSWER
    assert await elsewhere.find("k") == ANSWER
    assert len(elsewhere.memory) == 1
    assert await elsewhere.find("other") is None


async def test_it_is_fresh_as_long_as_the_setting_says(answers, clock, settings):
    settings.QUIRE_CACHE_SECONDS = 300
    await keep(answers)
    clock.go_on(299)
    assert answers.is_fresh(await answers.find("k"))
    clock.go_on(1)
    assert not answers.is_fresh(await answers.find("k"))


async def test_one_from_the_future_is_not_fresh(answers, clock):
    assert not answers.is_fresh(replace(ANSWER, stored_at=clock.at + 400))


async def test_a_newer_one_of_another_process_is_taken(answers, clock):
    await keep(answers)
    clock.go_on(400)
    newer = replace(ANSWER, text="Six euros.", stored_at=clock.at)
    await keep(ExactCache(chosen.REDIS_URL, timeout=10, clock=clock), answer=newer)
    assert await answers.find("k") == newer


async def test_after_an_hour_it_is_gone(answers, clock, server):
    await keep(answers)
    assert 0 < server.ttl(exact.PREFIX + "k") <= KEPT_SECONDS
    server.delete(exact.PREFIX + "k")
    clock.go_on(KEPT_SECONDS)
    assert len(answers.memory) == 1
    assert await answers.find("k") is None
    assert len(answers.memory) == 0


async def test_a_redis_that_was_emptied_is_filled_again(answers, server, clock):
    await keep(answers)
    server.delete(exact.PREFIX + "k")
    assert await answers.find("k") == ANSWER
    assert await ExactCache(chosen.REDIS_URL, timeout=10, clock=clock).find("k") is None


@pytest.mark.parametrize("written", [b"", b"{", b"[]", b'{"text": "Five"}', ANSWER.to_bytes().replace(b"10", b'"10"')])
async def test_what_cannot_be_read_is_not_there(answers, server, written):
    server.set(exact.PREFIX + "k", written)
    assert await answers.find("k") is None


async def test_a_server_that_hangs_costs_one_caller_the_wait(hanging, clock):
    cache = ExactCache(hanging, timeout=0.2, clock=clock)
    started = time.monotonic()
    assert [await cache.find(str(number)) for number in range(200)] == [None] * 200
    assert 0.2 <= time.monotonic() - started < 1.2
    await background.finish()


async def test_and_many_at_once_not_more(hanging, clock):
    cache = ExactCache(hanging, timeout=0.2, clock=clock)
    started = time.monotonic()
    assert await asyncio.gather(*(cache.find(str(number)) for number in range(200))) == [None] * 200
    assert time.monotonic() - started < 1.5
    await background.finish()


async def test_what_is_at_hand_is_found_while_redis_hangs(hanging, clock):
    cache = ExactCache(hanging, timeout=0.2, clock=clock)
    started = time.monotonic()
    cache.keep("k", ANSWER)
    assert await cache.find("k") == ANSWER
    assert time.monotonic() - started < 0.1
    await background.finish()


async def test_it_is_asked_again_after_a_while(tmp_path, clock):
    wait = [0.0]
    cache = ExactCache(f"unix://{tmp_path}/nobody.sock", clock=clock, breaker=(breaker := Breaker(pause=2, clock=lambda: wait[0])))
    assert await cache.find("k") is None
    assert not breaker.may_try()
    await keep(cache)
    wait[0] = 2.0
    assert breaker.may_try()


async def test_a_server_that_refuses_to_keep_is_left_alone(tmp_path, clock):
    breaker = Breaker()
    await keep(ExactCache(f"unix://{tmp_path}/nobody.sock", clock=clock, breaker=breaker))
    assert not breaker.may_try()


async def test_who_is_cancelled_gives_nobody_a_wrong_answer(answers, clock):
    for number in range(50):
        await keep(answers, str(number), replace(ANSWER, text=str(number)))
    elsewhere = ExactCache(chosen.REDIS_URL, timeout=10, clock=clock)
    tasks = [asyncio.create_task(elsewhere.find(str(number))) for number in range(50)]
    await asyncio.sleep(0)
    for task in tasks[::3]:
        task.cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    rest = [number for number in range(50) if number % 3]
    assert [found[number].text for number in rest] == [str(number) for number in rest]
    await background.finish()


def test_each_event_loop_can_ask(clock, answers):
    asyncio.run(keep(answers))
    elsewhere = ExactCache(chosen.REDIS_URL, timeout=10, clock=clock)
    assert [asyncio.run(elsewhere.find("k")) for _ in range(2)] == [ANSWER] * 2


def test_the_process_has_one():
    assert exact.exact_cache() is exact.exact_cache()


def test_memory_holds_so_many_and_forgets_who_was_not_asked_for():
    memory = Memory(entries_max=2)
    memory.put("a", b"1")
    memory.put("b", b"2")
    assert memory.get("a") == b"1"
    memory.put("c", b"3")
    assert [memory.get(key) for key in "abc"] == [b"1", None, b"3"]


def test_memory_holds_so_many_bytes():
    memory = Memory(bytes_max=10)
    memory.put("a", b"12345")
    memory.put("a", b"1234567")
    memory.put("b", b"123")
    assert len(memory) == 2
    memory.put("c", b"1")
    assert [memory.get(key) for key in "abc"] == [None, b"123", b"1"]
    memory.put("d", b"12345678901")
    assert len(memory) == 0
    memory.put("e", b"1")
    memory.clear()
    assert len(memory) == 0


def gathered(*chunks):
    came = Gathered()
    for chunk in chunks:
        came.note(chunk)
    return came.answer("acme/small", 1_800_000_000.0)


def test_a_whole_answer_is_worth_keeping():
    assert gathered(Chunk("", extra={"role": "assistant", "refusal": None}), Chunk("Five "), Chunk("euros."), LAST) == ANSWER


@pytest.mark.parametrize(
    "chunks",
    [
        (),
        (LAST,),
        (Chunk(" \n"), LAST),
        (Chunk("Five"),),
        (Chunk("Five", finish_reason="stop"),),
        (Chunk("Five"), Chunk("", usage=Usage(1, 1, True), finish_reason="length")),
        (Chunk("Five"), Chunk("", usage=Usage(1, 1, True), finish_reason="content_filter")),
        (Chunk("", tool_calls=(ToolCallPart(0, "c", "add"),)), Chunk("Five"), LAST),
        (Chunk("Five", extra={"refusal": "No."}), LAST),
        (Chunk("x" * 300_000), LAST),
        (Chunk("é" * 140_000), LAST),
        (Chunk("Five\0"), LAST),
        (Chunk("Five\ud800"), LAST),
    ],
)
def test_anything_else_is_not(chunks):
    assert gathered(*chunks) is None


def test_an_answer_comes_again_as_a_stream():
    long = replace(ANSWER, text="Five euros. " * 20)
    *pieces, last = long.replay()
    assert "".join(chunk.text for chunk in pieces) == long.text
    assert max(len(chunk.text) for chunk in pieces) == 50
    assert last == LAST
    assert all(chunk.usage is None and chunk.finish_reason is None for chunk in pieces)


def test_what_is_kept_says_nothing_of_what_it_says():
    assert "Five" not in repr(ANSWER)
    assert read_answer(ANSWER.to_json()) == ANSWER
