"""A client that stops reading costs the server so much memory and no more, and is told from where to resume."""

import asyncio
import json
from uuid import UUID

import pytest

from apps.chat import consumers, events
from apps.chat.errors import TooSlow
from apps.chat.send_window import SendWindow
from apps.chat.services.leases import claim_runs
from apps.chat.services.run_log import append_events
from apps.common.db import run_db

RUN, OTHER = UUID(int=1), UUID(int=2)


async def test_there_is_room_until_so_much_is_unacknowledged_and_again_once_it_arrived():
    window = SendWindow(bytes_max=10, patience_seconds=5)
    await window.room(RUN)
    window.sent(RUN, 1_000_001, 6)
    window.sent(OTHER, 1_000_001, 6)
    waiting = asyncio.create_task(window.room(RUN))
    await asyncio.sleep(0)
    assert not waiting.done()
    window.acknowledge(OTHER, 1_000_001)
    await waiting


async def test_who_acknowledges_nothing_is_told_from_where_to_resume():
    window = SendWindow(bytes_max=10, patience_seconds=0)
    window.sent(RUN, 1_000_003, 6)
    window.sent(RUN, 1_000_004, 6)
    with pytest.raises(TooSlow) as caught:
        await window.room(RUN)
    assert caught.value.extra == {"topic": "run", "id": str(RUN), "after": 1_000_002}
    with pytest.raises(TooSlow) as caught:
        await window.room(OTHER)
    assert caught.value.extra["after"] == 0


async def test_a_run_that_is_not_followed_any_more_takes_no_room():
    window = SendWindow(bytes_max=10, patience_seconds=0)
    window.sent(RUN, 1_000_001, 60)
    window.acknowledge(OTHER, 1_000_001)
    window.forget(RUN)
    window.forget(RUN)
    await window.room(OTHER)


@pytest.fixture
async def follow(open_socket, alice, run, say, monkeypatch):
    """Alice's socket, with a window as it is given, which follows a run of six events."""

    async def begin(window):
        monkeypatch.setattr(consumers, "SendWindow", lambda: window)
        await run_db(claim_runs, "a", 1)
        await run_db(append_events, run.pk, 1, [(1_000_000 + number, events.TextDelta("x" * 60)) for number in range(1, 7)])
        socket = await run_db(open_socket, alice)
        await socket.connect(timeout=5)
        await say(socket, type="subscribe", topic="run", id=str(run.pk), after=0)
        return socket

    return begin


@pytest.mark.django_db(transaction=True)
async def test_a_page_that_acknowledges_nothing_is_closed_and_resumes_where_it_was(follow, run):
    socket = await follow(SendWindow(bytes_max=300, patience_seconds=0.05))
    heard = []
    while (output := await socket.receive_output(timeout=5))["type"] == "websocket.send":
        heard.append(json.loads(output["text"]))
    assert output["code"] == 4408
    assert [one["type"] for one in heard] == ["text.delta", "text.delta", "error"]
    assert (heard[-1]["code"], heard[-1]["id"], heard[-1]["after"]) == ("too_slow", str(run.pk), 1_000_000)


@pytest.mark.django_db(transaction=True)
async def test_a_page_that_does_goes_on(follow, run, say):
    socket = await follow(SendWindow(bytes_max=300, patience_seconds=5))
    for number in range(1, 7):
        assert json.loads(await socket.receive_from(timeout=5))["seq"] == 1_000_000 + number
        await say(socket, type="ack", run=str(run.pk), seq=1_000_000 + number)
    await socket.disconnect()
