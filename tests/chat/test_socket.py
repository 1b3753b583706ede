"""The page's socket, through the real door of the application."""

import asyncio
import json
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.contrib.sessions.models import Session

from apps.accounts.selectors.readers import get_reader
from apps.chat import events, follower
from apps.chat.consumers import PageConsumer
from apps.chat.models import Run
from apps.chat.selectors.library import find_visible
from apps.chat.services.asking import ask_question
from apps.chat.services.endings import Ending, end_run
from apps.chat.services.leases import claim_runs
from apps.chat.services.run_log import append_events
from apps.common.db import run_db
from apps.common.push import aring
from apps.documents.models import Document
from tests.chat.stage import eventually, shelve

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _quick_fallback(monkeypatch):
    monkeypatch.setattr(follower, "FALLBACK_SECONDS", 0.05)
    monkeypatch.setattr(follower, "GATHER_SECONDS", 0.02)


async def opened(socket):
    connected, _ = await socket.connect(timeout=5)
    assert connected
    return socket


async def hear(socket, count=1):
    return [json.loads(await socket.receive_from(timeout=5)) for _ in range(count)]


def follow_run(run, after=0):
    return {"type": "subscribe", "topic": "run", "id": str(run.pk), "after": after}


def start(run):
    claim_runs("a", 1)
    append_events(run.pk, 1, [(1_000_001, events.RunStarted(1)), (1_000_002, events.TextDelta("Quire "))])


async def test_without_a_session_it_is_told_why_and_closed(open_socket, db):
    socket = await opened(open_socket())
    assert (await hear(socket))[0]["code"] == "not_signed_in"
    assert (await socket.receive_output(5)) == {"type": "websocket.close", "code": 4401}


async def test_another_origin_is_refused(open_socket, alice):
    connected, _ = await (await run_db(lambda: open_socket(alice, origin="http://evil.example"))).connect(timeout=5)
    assert not connected


async def test_it_answers_a_ping(open_socket, alice, say):
    socket = await opened(await run_db(open_socket, alice))
    await say(socket, type="ping")
    assert await hear(socket) == [{"type": "pong"}]
    await socket.disconnect()


async def test_it_replays_the_log_and_then_follows(open_socket, alice, run, say):
    await run_db(start, run)
    socket = await opened(await run_db(open_socket, alice))
    await say(socket, **follow_run(run))
    assert await hear(socket, 2) == [
        {"type": "run.started", "run": str(run.pk), "seq": 1_000_001, "attempt": 1},
        {"type": "text.delta", "run": str(run.pk), "seq": 1_000_002, "text": "Quire "},
    ]
    await run_db(append_events, run.pk, 1, [(1_000_003, events.TextDelta("runs."))])
    await aring(f"run.{run.pk}", {})
    assert (await hear(socket))[0]["text"] == "runs."
    await run_db(end_run, run.pk, 1, Ending("completed", text="Quire runs."), last_seq=1_000_003)
    assert (await hear(socket))[0] == {"type": "run.completed", "run": str(run.pk), "seq": 1_000_004, "message": str(run.answer_id)}
    assert await socket.receive_nothing(0.1)
    await socket.disconnect()


async def test_it_goes_on_after_the_readers_last_number(open_socket, alice, run, say):
    await run_db(start, run)
    socket = await opened(await run_db(open_socket, alice))
    await say(socket, **follow_run(run, after=1_000_001))
    assert [event["seq"] for event in await hear(socket)] == [1_000_002]
    await socket.disconnect()


async def test_a_new_attempt_replaces_what_the_old_one_said(open_socket, alice, run, say):
    await run_db(start, run)
    await run_db(lambda: Run.objects.update(attempt=2))
    await run_db(append_events, run.pk, 2, [(2_000_001, events.RunStarted(2))])
    socket = await opened(await run_db(open_socket, alice))
    await say(socket, **follow_run(run, after=1_000_002))
    assert [event["seq"] for event in await hear(socket)] == [2_000_001]
    await socket.disconnect()


@pytest.mark.parametrize("has_ended", [True, False], ids=["a run that is over", "a run that ends"])
async def test_from_beyond_its_end_nobody_follows_a_run_for_ever(has_ended, open_socket, alice, run, say):
    await run_db(start, run)
    socket = await opened(await run_db(open_socket, alice))
    if has_ended:
        await run_db(end_run, run.pk, 1, Ending("completed", text="Quire runs."))
    await say(socket, **follow_run(run, after=events.LARGEST_SEQ))
    await say(socket, type="ping")
    assert await hear(socket) == [{"type": "pong"}]
    if not has_ended:
        assert is_followed()
        await run_db(end_run, run.pk, 1, Ending("completed", text="Quire runs."))
    await eventually(lambda: not is_followed())
    await socket.disconnect()


def is_followed():
    return any("_run_follower" in repr(task.get_coro()) for task in asyncio.all_tasks())


@pytest.mark.parametrize("whose", ["bob", "charlie"])
async def test_nobody_else_follows_a_run(whose, request, open_socket, bob, charlie, other, run, say):
    await run_db(start, run)
    socket = await opened(await run_db(open_socket, {"bob": bob, "charlie": charlie}[whose]))
    await say(socket, **follow_run(run))
    (error,) = await hear(socket)
    assert (error["type"], error["code"], error["id"]) == ("error", "not_found", str(run.pk))
    await socket.disconnect()


def sign_out(user):
    Session.objects.all().delete()


async def test_an_ended_session_follows_no_library(open_socket, alice, acme, say):
    socket = await opened(await run_db(open_socket, alice))
    await run_db(sign_out, alice)
    await say(socket, type="subscribe", topic="library", workspace="acme")
    assert (await hear(socket))[0]["code"] == "not_signed_in"
    assert (await socket.receive_output(5)) == {"type": "websocket.close", "code": 4401}


async def test_an_ended_session_hears_of_no_documents(open_socket, alice, acme, shelf, say):
    socket = await opened(await run_db(open_socket, alice))
    await say(socket, type="subscribe", topic="library", workspace="acme")
    await say(socket, type="ping")
    await hear(socket)
    await run_db(sign_out, alice)
    await aring(f"library.{acme.pk}", {"document": str(shelf[0].version.document_id)})
    assert (await hear(socket))[0]["code"] == "not_signed_in"


async def test_a_page_that_went_in_mid_sentence_is_no_error(open_socket, bob, run, say, monkeypatch, caplog):
    async def closed(*arguments, **options):
        raise RuntimeError("the socket is closed")

    socket = await opened(await run_db(open_socket, bob))
    monkeypatch.setattr(PageConsumer, "send", closed)
    await say(socket, **follow_run(run))
    await say(socket, type="ping")
    assert await socket.receive_nothing(0.2)
    await socket.disconnect()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_leaving_the_page_stops_no_run(open_socket, alice, run, say):
    await run_db(start, run)
    socket = await opened(await run_db(open_socket, alice))
    await say(socket, **follow_run(run))
    await hear(socket, 2)
    await socket.disconnect()
    await run_db(run.refresh_from_db)
    assert (run.state, run.cancel_requested_at) == ("running", None)


async def test_a_run_that_is_let_go_is_silent(open_socket, alice, run, say):
    await run_db(start, run)
    socket = await opened(await run_db(open_socket, alice))
    await say(socket, **follow_run(run))
    await hear(socket, 2)
    await say(socket, type="unsubscribe", topic="run", id=str(run.pk))
    await run_db(append_events, run.pk, 1, [(1_000_003, events.TextDelta("more"))])
    assert await socket.receive_nothing(0.2)
    await socket.disconnect()


async def test_following_twice_is_following_once(open_socket, alice, run, say):
    await run_db(start, run)
    socket = await opened(await run_db(open_socket, alice))
    await say(socket, **follow_run(run))
    await hear(socket, 2)
    await say(socket, **follow_run(run, after=1_000_002))
    await run_db(append_events, run.pk, 1, [(1_000_003, events.TextDelta("more"))])
    assert [event["seq"] for event in await hear(socket)] == [1_000_003]
    assert await socket.receive_nothing(0.1)
    await socket.disconnect()


@pytest.mark.parametrize("said", ["nonsense", '{"type": "shout"}', '{"type": "subscribe", "topic": "run", "id": 1}', "x" * 5_000])
async def test_what_is_not_in_the_protocol_is_a_typed_error(said, open_socket, alice, say):
    socket = await opened(await run_db(open_socket, alice))
    await socket.send_to(text_data=said)
    (error,) = await hear(socket)
    assert (error["type"], error["code"]) == ("error", "invalid")
    await say(socket, type="ping")
    assert await hear(socket) == [{"type": "pong"}]
    await socket.disconnect()


async def test_bytes_are_a_typed_error(open_socket, alice):
    socket = await opened(await run_db(open_socket, alice))
    await socket.send_to(bytes_data=b"\x00")
    assert (await hear(socket))[0]["code"] == "invalid"
    await socket.disconnect()


async def test_a_page_follows_only_so_much(open_socket, alice, alice_reader, say, monkeypatch):
    monkeypatch.setattr(events, "SUBSCRIPTIONS_MAX", 1)
    runs = [await run_db(lambda: ask_question(alice_reader, text="Where?")) for _ in range(2)]
    socket = await opened(await run_db(open_socket, alice))
    await say(socket, **follow_run(runs[0]))
    await say(socket, **follow_run(runs[1]))
    (error,) = await hear(socket)
    assert (error["code"], error["id"]) == ("invalid", str(runs[1].pk))
    await socket.disconnect()


async def test_a_database_that_fails_is_a_typed_error(open_socket, alice, run, say, monkeypatch):
    def fail(*arguments, **options):
        raise RuntimeError("secret inside")

    monkeypatch.setattr(follower, "list_events", fail)
    socket = await opened(await run_db(open_socket, alice))
    await say(socket, **follow_run(run))
    (error,) = await hear(socket)
    assert error["code"] == "unavailable"
    assert "secret" not in str(error)
    await socket.disconnect()


async def test_without_the_bell_it_looks_by_itself(open_socket, alice, run, say, monkeypatch):
    from channels_redis.core import RedisChannelLayer

    async def down(*arguments):
        raise ConnectionError

    monkeypatch.setattr(RedisChannelLayer, "group_add", down)
    monkeypatch.setattr(RedisChannelLayer, "group_discard", down)
    await run_db(start, run)
    socket = await opened(await run_db(open_socket, alice))
    await say(socket, **follow_run(run))
    assert len(await hear(socket, 2)) == 2
    await socket.disconnect()


# --- the library


async def test_it_tells_of_documents_that_change(open_socket, alice, acme, shelf, say):
    document = shelf[0].version.document
    socket = await opened(await run_db(open_socket, alice))
    await say(socket, type="subscribe", topic="library", workspace=acme.slug)
    await say(socket, type="ping")
    await hear(socket)
    await aring(f"library.{acme.pk}", {"document": str(document.pk)})
    assert await hear(socket) == [{"type": "document.updated", "document": str(document.pk)}]
    await say(socket, type="unsubscribe", topic="library", workspace=acme.slug)
    await say(socket, type="ping")
    await hear(socket)
    await aring(f"library.{acme.pk}", {"document": str(document.pk)})
    assert await socket.receive_nothing(0.1)
    await socket.disconnect()


async def test_what_rings_at_once_is_asked_once(open_socket, alice, acme, shelf, say, monkeypatch):
    monkeypatch.setattr(follower, "GATHER_SECONDS", 1)
    asked = []
    monkeypatch.setattr(follower, "find_visible", lambda reader, documents: asked.append(documents) or find_visible(reader, documents))
    first = shelf[0].version.document
    others = [(await run_db(lambda: shelve(get_reader(alice, acme.slug), "More")))[0].version.document for _ in range(3)]
    socket = await follow_the_library(open_socket, alice, acme, say)
    asked.clear()
    for _ in range(5):
        for document in (first, *others):
            await aring(f"library.{acme.pk}", {"document": str(document.pk)})
    told = await hear(socket, 4)
    assert [one["document"] for one in told] == [str(one.pk) for one in (first, *others)]
    assert [len(documents) for documents in asked] == [4]
    # And the next ring is heard as well.
    await aring(f"library.{acme.pk}", {"document": str(first.pk)})
    assert (await hear(socket))[0]["document"] == str(first.pk)
    assert await socket.receive_nothing(0.1)
    await socket.disconnect()


async def test_a_page_that_left_the_library_or_went_away_leaves_nobody_waiting(open_socket, alice, acme, say):
    for leave in (lambda socket: say(socket, type="unsubscribe", topic="library", workspace=acme.slug), lambda socket: socket.disconnect()):
        socket = await follow_the_library(open_socket, alice, acme, say)
        assert is_relayed()
        await leave(socket)
        await eventually(lambda: not is_relayed())
    await socket.disconnect()


async def test_a_library_that_cannot_be_asked_ends_the_socket_so_that_the_page_comes_again(open_socket, alice, acme, say, monkeypatch, caplog):
    socket = await follow_the_library(open_socket, alice, acme, say)
    monkeypatch.setattr(follower, "find_visible", lambda reader, documents: [][0])
    await aring(f"library.{acme.pk}", {"document": str(uuid4())})
    assert (await socket.receive_output(5)) == {"type": "websocket.close", "code": 1011}


async def follow_the_library(open_socket, user, workspace, say):
    socket = await opened(await run_db(open_socket, user))
    await say(socket, type="subscribe", topic="library", workspace=workspace.slug)
    await say(socket, type="ping")
    await hear(socket)
    return socket


def is_relayed():
    return any("_relay" in repr(task.get_coro()) for task in asyncio.all_tasks())


async def test_it_does_not_tell_of_documents_that_the_reader_may_not_see(open_socket, bob, acme, shelf, say):
    await run_db(lambda: Document.objects.update(access="restricted"))
    socket = await opened(await run_db(open_socket, bob))
    await say(socket, type="subscribe", topic="library", workspace=acme.slug)
    await say(socket, type="ping")
    await hear(socket)
    await aring(f"library.{acme.pk}", {"document": str(shelf[0].version.document_id)})
    assert await socket.receive_nothing(0.2)
    await socket.disconnect()


async def test_nobody_follows_a_foreign_library(open_socket, charlie, other, acme, say):
    socket = await opened(await run_db(open_socket, charlie))
    await say(socket, type="subscribe", topic="library", workspace=acme.slug)
    (error,) = await hear(socket)
    assert (error["code"], error["workspace"]) == ("not_found", acme.slug)
    await socket.disconnect()


def test_a_whole_question_is_heard_from_start_to_end(open_socket, alice, run, stage, shelf, say):
    stage.answers = [["Quire runs ", "on Linux. [", "1]"]]

    @async_to_sync
    async def listen():
        socket = await opened(await run_db(open_socket, alice))
        await say(socket, **follow_run(run))
        carrying = asyncio.create_task(stage.carry_out())
        heard = await hear(socket)
        while heard[-1]["type"] not in {"run.completed", "run.failed"}:
            heard += await hear(socket)
        await carrying
        await socket.disconnect()
        return heard

    heard = listen()
    assert "".join(event.get("text", "") for event in heard if event["type"] == "text.delta") == "Quire runs on Linux. [1]"
    seqs = [event["seq"] for event in heard]
    assert seqs == list(range(1_000_001, 1_000_001 + len(seqs)))
