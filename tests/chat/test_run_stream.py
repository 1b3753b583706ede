"""A run over HTTP as it happens: Server-Sent Events of the very log that the page's socket reads."""

import asyncio
import json

import pytest
from asgiref.sync import SyncToAsync, ThreadSensitiveContext, sync_to_async
from django.db import connection
from django.test import AsyncClient
from django.utils import timezone

from apps.accounts.models import ApiKey, IdempotencyRecord, Membership, User
from apps.accounts.services.keys import make_key
from apps.chat import feed as feed_module
from apps.chat.api import streaming
from apps.chat.feed import RunFeed
from apps.chat.models import Run
from apps.chat.services.asking import cancel_run
from apps.common.db import run_db
from apps.gateway.errors import ProviderUnavailable
from tests.chat.stage import Silence, finally_true

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]
SCOPES = ["chat.ask", "document.view"]


@pytest.fixture
def text(alice_reader):
    return make_key(alice_reader, name="Bot", scopes=SCOPES)[1]


class Stream:
    """One open stream, read event by event."""

    def __init__(self, response):
        self.response = response
        self._parts = aiter(response)

    async def next(self, seconds=5):
        async with asyncio.timeout(seconds):
            return read_event((await anext(self._parts)).decode())

    async def rest(self):
        async with asyncio.timeout(5):
            return [read_event(part.decode()) async for part in self._parts]

    async def close(self):
        await self._parts.aclose()


def read_event(written):
    if written.startswith(":"):
        return {"type": "comment"}
    fields = dict(line.split(": ", 1) for line in written.strip().split("\n"))
    body = json.loads(fields["data"])
    assert fields["event"] == body["type"]
    assert fields.get("id") == (str(body["seq"]) if "seq" in body else None)
    return body


async def follow(run, text, query="", **headers):
    asked = {"Authorization": f"Bearer {text}", "Accept": "text/event-stream", **headers}
    return await AsyncClient().get(f"/api/v1/runs/{run.pk}/events{query}", headers=asked)


def text_of(events):
    return "".join(event["text"] for event in events if event["type"] == "text.delta")


async def test_it_tells_all_of_the_run_and_ends_with_it(run, text, stage, shelf):
    stage.answers = [["Quire runs ", "on Linux. [1]"]]
    response = await follow(run, text)
    carrying = asyncio.create_task(stage.carry_out())
    events = await Stream(response).rest()
    await carrying
    assert response["Content-Type"] == "text/event-stream"
    assert (response["Cache-Control"], response["X-Accel-Buffering"]) == ("private, no-store", "no")
    assert (events[0]["type"], events[-1]["type"]) == ("run.started", "run.completed")
    assert text_of(events) == "Quire runs on Linux. [1]"
    seqs = [event["seq"] for event in events]
    assert seqs == sorted(set(seqs))


async def test_a_session_follows_as_well(run, alice, stage, shelf):
    client = AsyncClient()
    await client.aforce_login(alice)
    stage.answers = [["Quire runs on Linux. [1]"]]
    response = await client.get(f"/api/v1/runs/{run.pk}/events", headers={"Accept": "text/event-stream"})
    await stage.carry_out()
    assert (await Stream(response).rest())[-1]["type"] == "run.completed"


@pytest.mark.parametrize("by", ["after", "Last-Event-ID", "the header before the address"])
async def test_who_connects_again_goes_on_after_the_last_number(run, text, stage, shelf, by):
    silence = Silence()
    stage.answers = [["Quire runs on Linux. [1]", silence]]
    carrying = asyncio.create_task(stage.carry_out())
    first = Stream(await follow(run, text))
    seen = [await first.next(), await first.next()]
    await first.close()
    last = seen[-1]["seq"]
    options = {"after": (f"?after={last}", {}), "Last-Event-ID": ("", {"Last-Event-ID": str(last)})}
    query, headers = options.get(by, ("?after=0", {"Last-Event-ID": str(last)}))
    again = Stream(await follow(run, text, query, **headers))
    assert (await again.next())["seq"] == last + 1
    await again.close()
    carrying.cancel()


async def test_who_comes_back_after_the_end_is_told_that_there_is_no_more(answered, text):
    events = await Stream(await follow(answered, text)).rest()
    response = await follow(answered, text, **{"Last-Event-ID": str(events[-1]["seq"])})
    assert response.status_code == 204


async def test_leaving_does_not_stop_the_run(run, text, stage, shelf):
    silence = Silence()
    stage.answers = [["Quire runs ", silence]]
    carrying = asyncio.create_task(stage.carry_out())
    stream = Stream(await follow(run, text))
    await stream.next()
    await stream.close()
    await run_db(run.refresh_from_db)
    assert (run.state, run.cancel_requested_at) == ("running", None)
    carrying.cancel()


async def test_nothing_happening_is_told_by_a_comment(run, text, monkeypatch):
    monkeypatch.setattr(streaming, "HEARTBEAT_SECONDS", 0.05)
    stream = Stream(await follow(run, text))
    assert await stream.next() == {"type": "comment"}
    await stream.close()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda: ApiKey.objects.update(revoked_at=timezone.now()), "not_signed_in"),
        (lambda: User.objects.filter(email="alice@example.org").update(is_active=False), "not_signed_in"),
        (lambda: Membership.objects.filter(user__email="alice@example.org").update(role="viewer"), "rights_changed"),
        (lambda: ApiKey.objects.update(scopes=["chat.ask"]), "rights_changed"),
    ],
    ids=["key revoked", "switched off", "another role", "scope taken"],
)
async def test_a_change_of_rights_ends_a_stream_that_waits(run, text, change, code):
    stream = Stream(await follow(run, text))
    waiting = asyncio.create_task(stream.next(2))
    await run_db(change)
    event = await waiting
    assert (event["type"], event["code"], event["after"]) == ("error", code, 0)
    assert await stream.rest() == []


async def test_a_session_that_ends_takes_its_stream_along(run, alice):
    client = AsyncClient()
    await client.aforce_login(alice)
    stream = Stream(await client.get(f"/api/v1/runs/{run.pk}/events", headers={"Accept": "text/event-stream"}))
    await run_db(client.session.flush)
    assert (await stream.next(2))["code"] == "not_signed_in"


async def test_who_may_not_follow_gets_a_problem_and_no_stream(run, bob_reader, text):
    _, bobs = await run_db(lambda: make_key(bob_reader, name="Bot", scopes=SCOPES))
    response = await follow(run, bobs)
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert (await follow(run, text[:-1])).status_code == 401


@pytest.mark.parametrize("by", ["key", "session"])
async def test_no_connection_is_held_while_a_stream_waits(run, text, alice, by):
    client = AsyncClient()
    await client.aforce_login(alice)
    headers = {"Authorization": f"Bearer {text}"} if by == "key" else {}
    stream = Stream(await client.get(f"/api/v1/runs/{run.pk}/events", headers={**headers, "Accept": "text/event-stream"}))
    waiting = asyncio.create_task(stream.next())
    # The thread of the request and of its middleware.
    async with asyncio.timeout(5):
        while await sync_to_async(lambda: connection.connection)() is not None:  # noqa: ASYNC110  # nobody tells of it
            await asyncio.sleep(0.01)
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_no_thread_is_held_while_a_stream_waits(run, text):
    """As under the server, which keeps a thread for each request until all of its answer is sent."""
    async with ThreadSensitiveContext():
        stream = Stream(await follow(run, text))
        waiting = asyncio.create_task(stream.next())
        async with asyncio.timeout(5):
            while SyncToAsync.context_to_thread_executor:  # noqa: ASYNC110  # nobody tells of it
                await asyncio.sleep(0.01)
        assert not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert await sync_to_async(lambda: "another thread is made where one is wanted")()


# --- slow readers


async def the_feed(run, reader):
    return RunFeed(reader, run.pk, 0, lambda one: one)


async def test_a_reader_who_takes_nothing_costs_no_more_than_the_hold_and_is_sent_away(run, alice_reader, monkeypatch):
    monkeypatch.setattr(feed_module, "HELD_MAX_BYTES", 300)
    monkeypatch.setattr(feed_module, "SLOW_SECONDS", 0.05)
    await run_db(write_log, run, 50)
    async with await the_feed(run, alice_reader) as feed:
        event = await feed.take(1)
        assert event["seq"] == 1_000_001
        await finally_true(lambda: feed._work.done())
        assert feed._held_bytes <= 300
        with pytest.raises(feed_module.TooSlow):
            await feed.take(1)
        assert feed.after == 1_000_001


async def test_a_log_larger_than_the_hold_reaches_who_reads_on(run, alice_reader, monkeypatch):
    monkeypatch.setattr(feed_module, "HELD_MAX_BYTES", 300)
    await run_db(write_log, run, 50)
    async with await the_feed(run, alice_reader) as feed:
        seqs = [(await feed.take(1))["seq"] for _ in range(50)]
    assert seqs == list(range(1_000_001, 1_000_051))


async def test_a_log_that_cannot_be_read_ends_the_stream_in_words(run, text, monkeypatch, caplog):
    async def broken(follower):
        raise ZeroDivisionError

    monkeypatch.setattr(feed_module.RunFollower, "follow", broken)
    [event] = await Stream(await follow(run, text)).rest()
    assert (event["code"], event["detail"]) == ("internal", "The answer cannot be followed right now. Connect again.")
    assert "feed.failed" in caplog.text


def write_log(run, count):
    from apps.chat.models import RunEvent

    Run.objects.filter(pk=run.pk).update(state="running", attempt=1, lease_until=timezone.now() + timezone.timedelta(minutes=1))
    RunEvent.objects.bulk_create(
        RunEvent(run=run, seq=1_000_000 + number, attempt=1, type="text.delta", payload={"text": "x" * 20}) for number in range(1, count + 1)
    )


# --- POST /api/v1/query with stream


async def ask(text, **headers):
    body = {"question": "Where does Quire run?", "stream": True}
    return await AsyncClient().post("/api/v1/query", body, content_type="application/json", headers={"Authorization": f"Bearer {text}", **headers})


async def test_a_query_may_be_streamed(text, stage, shelf):
    stage.answers = [["Quire runs on Linux. [1]"]]
    response = await ask(text)
    await stage.carry_out()
    events = await Stream(response).rest()
    assert response["Content-Type"] == "text/event-stream"
    assert (text_of(events), events[-1]["type"]) == ("Quire runs on Linux. [1]", "run.completed")


async def test_a_repeated_query_streams_the_same_run(text, stage, shelf):
    first = await ask(text, **{"Idempotency-Key": "k-1"})
    second = await ask(text, **{"Idempotency-Key": "k-1"})
    stage.answers = [["Quire runs on Linux. [1]"]]
    await stage.carry_out()
    assert text_of(await Stream(first).rest()) == text_of(await Stream(second).rest())
    assert "Idempotency-Replayed" in second
    assert await run_db(IdempotencyRecord.objects.count) == await run_db(Run.objects.count) == 1


@pytest.mark.parametrize("ending", ["failed", "cancelled"])
async def test_a_streamed_query_that_came_to_nothing_frees_its_key(text, alice_reader, stage, shelf, ending):
    response = await ask(text, **{"Idempotency-Key": "k-1"})
    run = await run_db(Run.objects.get)
    if ending == "cancelled":
        await run_db(cancel_run, alice_reader, run.pk)
    stage.answers = [[ProviderUnavailable("Away.")]]
    await stage.carry_out()
    events = await Stream(response).rest()
    assert events[-1]["type"] == f"run.{ending}"
    assert not await run_db(IdempotencyRecord.objects.exists)


@pytest.mark.parametrize("stream", ["maybe", 5, []])
async def test_stream_is_true_or_false(text, stream):
    body = {"question": "Where does Quire run?", "stream": stream}
    response = await AsyncClient().post("/api/v1/query", body, content_type="application/json", headers={"Authorization": f"Bearer {text}"})
    assert response.status_code == 422
    assert not await run_db(Run.objects.exists)
