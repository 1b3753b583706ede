"""An answer as it is seen live: from Redis while it is written, from Postgres where Redis lacks something, in the order of its numbers."""

import json

import pytest
from django.contrib.sessions.models import Session

from apps.chat import events, follower
from apps.chat.services.endings import Ending, end_run
from apps.chat.services.leases import claim_runs
from apps.chat.services.run_log import append_events
from apps.chat.services.streams import Page, run_streams
from apps.common.db import run_db

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def follow(open_socket, alice, run, say, monkeypatch):
    """Alice's socket, which follows her run; its own look at Postgres comes late."""
    monkeypatch.setattr(follower, "FALLBACK_SECONDS", 30)
    await run_db(claim_runs, "a", 1)
    await run_streams().hold({run.pk: 1})
    socket = await run_db(open_socket, alice)
    await socket.connect(timeout=5)
    await say(socket, type="subscribe", topic="run", id=str(run.pk), after=0)
    yield socket
    await socket.disconnect()


async def hear(socket):
    return json.loads(await socket.receive_from(timeout=10))


def text(number):
    return (1_000_000 + number, events.TextDelta(str(number)))


async def stream(run, *numbered):
    await run_streams().append([Page(run.pk, 1, numbered)])


async def test_what_is_in_redis_alone_is_heard(follow, run):
    await stream(run, (1_000_001, events.RunStarted(1)), text(2))
    assert [(await hear(follow))["seq"] for _ in range(2)] == [1_000_001, 1_000_002]
    await stream(run, text(3))
    assert (await hear(follow))["text"] == "3"


async def test_what_redis_lacks_comes_from_postgres_before_what_follows_it(follow, run):
    await stream(run, text(1))
    assert (await hear(follow))["seq"] == 1_000_001
    await stream(run, text(3))
    assert await follow.receive_nothing(0.3)
    await run_db(append_events, run.pk, 1, [text(2)])
    assert [(await hear(follow))["text"] for _ in range(2)] == ["2", "3"]


async def test_the_end_is_read_from_postgres_as_soon_as_redis_tells_of_it(follow, run):
    await stream(run, text(1))
    await hear(follow)
    seq = await run_db(end_run, run.pk, 1, Ending("completed", text="1"), last_seq=1_000_001)
    await run_streams().end(run.pk, seq, is_taken_back=False)
    assert await hear(follow) == {"type": "run.completed", "run": str(run.pk), "seq": seq, "message": str(run.answer_id)}


async def test_nothing_is_said_after_a_session_has_ended(follow, run, alice):
    await stream(run, text(1))
    await hear(follow)
    await run_db(lambda: Session.objects.all().delete())
    await stream(run, text(2))
    heard = await hear(follow)
    assert (heard["type"], heard["code"]) == ("error", "not_signed_in")
