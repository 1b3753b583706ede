"""The quick copy of a run's log in the real Redis: fenced, in order, gone when it is to be gone; and those who read it live."""

import asyncio
from uuid import uuid4

import pytest

from apps.chat.events import TextDelta
from apps.chat.live_tail import Feed, LiveTail
from apps.chat.services import streams
from apps.chat.services.streams import APPENDED, STALE, UNKNOWN, Entry, Page, RunStreams
from tests.chat.stage import eventually

RUN = uuid4()


@pytest.fixture
async def redis(settings, monkeypatch):
    """Streams of this test alone."""
    monkeypatch.setattr(streams, "PREFIX", f"quire:run:{uuid4()}:")
    return RunStreams(settings.REDIS_URL)


@pytest.fixture
async def away(tmp_path):
    return RunStreams(f"unix://{tmp_path}/nobody.sock", timeout=0.2)


def page(attempt, *numbers, run=RUN):
    return Page(run, attempt, [(attempt * 1_000_000 + number, TextDelta(str(number))) for number in numbers])


def entry(seq, kind="text.delta"):
    return Entry(seq, kind, {})


async def read(redis, after=0):
    return [(one.seq, one.payload.get("text")) for one in (await redis.read({RUN: after})).get(RUN, [])]


async def test_what_is_appended_is_read_in_its_order(redis):
    await redis.hold({RUN: 1})
    assert await redis.append([page(1, 1, 2)]) == [APPENDED]
    assert await redis.append([page(1, 3)]) == [APPENDED]
    assert await read(redis) == [(1_000_001, "1"), (1_000_002, "2"), (1_000_003, "3")]
    assert await read(redis, after=1_000_002) == [(1_000_003, "3")]
    assert await read(redis, after=1_000_003) == []


async def test_where_nothing_says_who_holds_a_run_nothing_is_written(redis):
    assert await redis.append([page(1, 1)]) == [UNKNOWN]
    assert await read(redis) == []


async def test_an_earlier_attempt_writes_nothing_once_a_later_one_has_written(redis):
    await redis.hold({RUN: 1})
    await redis.append([page(1, 1)])
    assert await redis.append([page(2, 1)]) == [APPENDED]
    assert await redis.append([page(1, 2)]) == [STALE]
    await redis.hold({RUN: 1})
    assert await redis.append([page(1, 3)]) == [STALE]
    assert [seq for seq, _ in await read(redis)] == [1_000_001, 2_000_001]


async def test_what_is_told_again_is_there_once(redis):
    await redis.hold({RUN: 1})
    await redis.append([page(1, 1, 2)])
    assert await redis.append([page(1, 1, 2, 3)]) == [APPENDED]
    assert [seq for seq, _ in await read(redis)] == [1_000_001, 1_000_002, 1_000_003]


async def test_an_end_is_told_and_nothing_comes_after_it(redis):
    await redis.hold({RUN: 1})
    await redis.append([page(1, 1)])
    await redis.end(RUN, 1_000_002, is_taken_back=False)
    assert await read(redis) == [(1_000_001, "1"), (1_000_002, None)]
    assert await redis.append([page(1, 3)]) == [UNKNOWN]


async def test_what_is_taken_back_is_gone(redis):
    await redis.hold({RUN: 1})
    await redis.append([page(1, 1)])
    await redis.end(RUN, 1_000_002, is_taken_back=True)
    assert await read(redis) == [(1_000_002, None)]


async def test_a_script_that_the_server_forgot_is_told_again(redis):
    await redis.hold({RUN: 1})
    await redis._ask([("SCRIPT FLUSH",)])
    assert await redis.append([page(1, 1)]) == [APPENDED]


async def test_a_redis_that_is_away_is_none_and_no_error(away):
    assert await away.append([page(1, 1)]) is None
    assert await away.read({RUN: 0}) is None
    await away.hold({RUN: 1})
    await away.end(RUN, 1, is_taken_back=False)


# --- reading along


def test_a_feed_gives_what_follows_without_a_gap():
    feed = Feed(asyncio.Event())
    feed.put([entry(1_000_001), entry(1_000_002), entry(1_000_004)])
    assert [one.seq for one in feed.take(0)] == [1_000_001, 1_000_002]
    assert feed.has_more
    assert feed.take(1_000_002) == []
    assert [one.seq for one in feed.take(1_000_003)] == [1_000_004]
    assert not feed.has_more


def test_a_new_attempt_is_no_gap():
    feed = Feed(asyncio.Event())
    feed.put([entry(2_000_001), entry(2_000_002)])
    assert [one.seq for one in feed.take(1_000_017)] == [2_000_001, 2_000_002]


def test_what_was_seen_already_and_endings_are_not_given():
    feed = Feed(asyncio.Event())
    feed.put([entry(1_000_001), entry(1_000_002), entry(1_000_003, "")])
    assert [one.seq for one in feed.take(1_000_001)] == [1_000_002]
    assert feed.has_more


def test_who_does_not_come_for_it_finds_it_in_postgres(monkeypatch):
    monkeypatch.setattr("apps.chat.live_tail.WAITING_MAX", 2)
    feed = Feed(asyncio.Event())
    feed.put([entry(1_000_001), entry(1_000_002), entry(1_000_003)])
    assert feed.take(0) == []
    assert not feed.has_more


async def test_all_who_follow_a_run_see_each_entry_and_the_last_to_leave_ends_the_looking(redis):
    tail, bells = LiveTail(redis), [asyncio.Event(), asyncio.Event()]
    await redis.hold({RUN: 1})
    with tail.following(RUN, 0, bells[0]) as one, tail.following(RUN, 0, bells[1]) as other:
        await redis.append([page(1, 1)])
        await eventually(lambda: all(bell.is_set() for bell in bells))
        assert [entry.seq for entry in one.take(0)] == [entry.seq for entry in other.take(0)] == [1_000_001]
        looking = tail._looking
    await asyncio.gather(looking, return_exceptions=True)
    assert looking.cancelled()
    assert tail._positions == {}


async def test_a_redis_that_is_away_is_asked_again_later(away):
    tail = LiveTail(away)
    with tail.following(RUN, 0, asyncio.Event()):
        assert await tail.look() is False
