"""A socket lives as long as its session and its reader's rights stay the same, and says nothing after they changed."""

import json
import uuid

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError

from apps.accounts import watch
from apps.accounts.models import Group, GroupMember, Membership, User
from apps.accounts.services.people import reset_password
from apps.accounts.watch import rights_watch
from apps.chat import events, follower, watched_socket
from apps.chat.services.leases import claim_runs
from apps.chat.services.run_log import append_events
from apps.common.db import run_db
from apps.common.push import aring
from apps.documents.models import Document, DocumentGrant
from apps.documents.services.documents import purge_document
from tests.chat.stage import eventually, shelve

pytestmark = pytest.mark.django_db(transaction=True)

CLOSED = {"not_signed_in": 4401, "rights_changed": 4403}


@pytest.fixture(autouse=True)
def _quick_fallback(monkeypatch):
    monkeypatch.setattr(follower, "FALLBACK_SECONDS", 0.05)
    monkeypatch.setattr(follower, "GATHER_SECONDS", 0.02)


@pytest.fixture
def without_watch(monkeypatch):
    """What is sent has to hold by itself."""
    monkeypatch.setattr(watch, "INTERVAL_SECONDS", 60)


@pytest.fixture
def quick_watch(monkeypatch):
    monkeypatch.setattr(watch, "INTERVAL_SECONDS", 0.02)


async def opened(socket):
    connected, _ = await socket.connect(timeout=5)
    assert connected
    # Who is there is read after the socket is accepted, and before its first message is answered.
    await socket.send_to(text_data='{"type": "ping"}')
    assert await hear(socket) == [{"type": "pong"}]
    return socket


async def hear(socket, count=1):
    return [json.loads(await socket.receive_from(timeout=5)) for _ in range(count)]


async def is_sent_away(socket, code):
    (said,) = await hear(socket)
    assert (said["type"], said["code"]) == ("error", code)
    assert said["detail"]
    assert await socket.receive_output(5) == {"type": "websocket.close", "code": CLOSED[code]}
    assert await socket.receive_nothing(0.1)


def start(run):
    claim_runs("a", 1)
    append_events(run.pk, 1, [(1_000_001, events.RunStarted(1)), (1_000_002, events.TextDelta("Quire "))])


def sign_out(user):
    Session.objects.all().delete()


def leave(user):
    Membership.objects.filter(user=user).delete()


def demote(user):
    Membership.objects.filter(user=user).update(role="viewer")


def switch_off(user):
    User.objects.filter(pk=user.pk).update(is_active=False)


def join_a_group(user):
    membership = Membership.objects.get(user=user)
    GroupMember.objects.create(group=Group.objects.create(workspace=membership.workspace, name="Team"), membership=membership)


CHANGES = [
    (sign_out, "not_signed_in"),
    (reset_password, "not_signed_in"),
    (switch_off, "not_signed_in"),
    (leave, "rights_changed"),
    (demote, "rights_changed"),
    (join_a_group, "rights_changed"),
]


@pytest.mark.parametrize(("change", "code"), CHANGES)
async def test_an_event_after_the_change_is_never_sent(change, code, open_socket, alice, run, say, without_watch):
    await run_db(start, run)
    socket = await opened(await run_db(open_socket, alice))
    await say(socket, type="subscribe", topic="run", id=str(run.pk), after=0)
    await hear(socket, 2)
    await run_db(change, alice)
    await run_db(append_events, run.pk, 1, [(1_000_003, events.TextDelta("secret"))])
    await is_sent_away(socket, code)


@pytest.mark.parametrize(("change", "code"), CHANGES)
async def test_of_a_document_nothing_is_said_after_the_change(change, code, open_socket, alice, acme, shelf, say, without_watch):
    socket = await opened(await run_db(open_socket, alice))
    await say(socket, type="subscribe", topic="library", workspace="acme")
    await say(socket, type="ping")
    await hear(socket)
    await run_db(change, alice)
    await aring(f"library.{acme.pk}", {"document": str(shelf[0].version.document_id)})
    await is_sent_away(socket, code)


@pytest.mark.parametrize(("change", "code"), CHANGES)
async def test_a_socket_that_follows_nothing_is_closed_as_well(change, code, open_socket, alice, acme, quick_watch):
    socket = await opened(await run_db(open_socket, alice))
    await run_db(change, alice)
    await is_sent_away(socket, code)
    await socket.disconnect()
    assert not rights_watch().is_looking


async def test_who_is_sent_away_is_not_answered_any_more(open_socket, alice, acme, say, quick_watch):
    socket = await opened(await run_db(open_socket, alice))
    await run_db(sign_out, alice)
    await is_sent_away(socket, "not_signed_in")
    await say(socket, type="ping")
    assert await socket.receive_nothing(0.1)


async def test_a_change_that_leaves_the_rights_as_they_are_closes_nothing(open_socket, alice, acme, say, quick_watch, run):
    await run_db(start, run)
    socket = await opened(await run_db(open_socket, alice))
    await say(socket, type="subscribe", topic="run", id=str(run.pk), after=0)
    await hear(socket, 2)
    await run_db(lambda: User.objects.filter(pk=alice.pk).update(operator_role="developer"))
    (watched,) = rights_watch()._watched
    await eventually(lambda: watched.user_epoch > alice.epoch)
    await run_db(append_events, run.pk, 1, [(1_000_003, events.TextDelta("runs."))])
    assert (await hear(socket))[0]["text"] == "runs."
    await socket.disconnect()


async def test_a_new_workspace_takes_nothing_away(open_socket, bob, acme, other, say, quick_watch):
    socket = await opened(await run_db(open_socket, bob))
    await run_db(lambda: Membership.objects.create(user=bob, workspace=other, role="viewer"))
    assert await socket.receive_nothing(0.3)
    await say(socket, type="subscribe", topic="library", workspace=other.slug)
    await say(socket, type="ping")
    assert await hear(socket) == [{"type": "pong"}]
    await socket.disconnect()


async def test_a_database_that_is_away_is_asked_again(open_socket, alice, acme, quick_watch, monkeypatch, caplog):
    socket = await opened(await run_db(open_socket, alice))
    read, failures = watched_socket.read_visit, [OperationalError(), OperationalError()]

    def read_later(session_key):
        if failures:
            raise failures.pop()
        return read(session_key)

    monkeypatch.setattr(watched_socket, "read_visit", read_later)
    await run_db(demote, alice)
    await is_sent_away(socket, "rights_changed")
    assert "socket.unconfirmed" in caplog.text


async def test_what_a_message_needs_is_what_the_table_says(open_socket, alice, acme, run, say):
    def hold_nothing():
        from apps.accounts.models import Role

        role = Role.objects.create(workspace=acme, name="Nothing", permissions=["chat.ask"])
        Membership.objects.filter(user=alice).update(role="custom", custom_role=role)

    await run_db(hold_nothing)
    socket = await opened(await run_db(open_socket, alice))
    await say(socket, type="subscribe", topic="run", id=str(run.pk), after=0)
    await say(socket, type="subscribe", topic="library", workspace="acme")
    refused = await hear(socket, 2)
    assert [one["code"] for one in refused] == ["not_allowed", "not_allowed"]
    assert [one["topic"] for one in refused] == ["run", "library"]
    await socket.disconnect()


# --- documents that go


@pytest.fixture
def hidden(alice_reader, stage):
    """A document of alice's that names nobody."""
    return shelve(alice_reader, "Bob is not to know.", access="restricted")[0].version.document


async def follow_library(socket, say, *shown):
    await say(socket, type="subscribe", topic="library", workspace="acme", shown=[str(one) for one in shown])
    await say(socket, type="ping")


def removed(document):
    return {"type": "document.removed", "document": str(document.pk)}


async def test_a_page_that_shows_a_document_hears_that_it_is_deleted(open_socket, bob, shelf, say):
    document = shelf[0].version.document
    socket = await opened(await run_db(open_socket, bob))
    await follow_library(socket, say, document.pk)
    await hear(socket)
    expected = removed(document)
    await run_db(purge_document, document)
    assert await hear(socket) == [expected]
    await socket.disconnect()


async def test_who_was_told_of_a_document_hears_that_it_is_closed_and_once(open_socket, bob, acme, shelf, say, without_watch):
    document = shelf[0].version.document
    socket = await opened(await run_db(open_socket, bob))
    await follow_library(socket, say)
    await hear(socket)
    await aring(f"library.{acme.pk}", {"document": str(document.pk)})
    assert (await hear(socket))[0]["type"] == "document.updated"
    await run_db(lambda: Document.objects.filter(pk=document.pk).update(access="restricted"))
    for _ in range(2):
        await aring(f"library.{acme.pk}", {"document": str(document.pk)})
    assert await hear(socket) == [removed(document)]
    assert await socket.receive_nothing(0.2)
    await socket.disconnect()


async def test_a_revoked_grant_takes_the_row_away_without_a_ring(open_socket, bob, bob_reader, hidden, say, quick_watch):
    grant = await run_db(lambda: DocumentGrant.objects.create(document=hidden, member_id=bob_reader.membership_id))
    socket = await opened(await run_db(open_socket, bob))
    await follow_library(socket, say, hidden.pk)
    await hear(socket)
    await run_db(grant.delete)
    assert await hear(socket) == [removed(hidden)]
    await socket.disconnect()


async def test_hidden_and_absent_documents_that_are_named_look_the_same(open_socket, bob, hidden, say, acme):
    absent = uuid.uuid4()
    socket = await opened(await run_db(open_socket, bob))
    await follow_library(socket, say, hidden.pk, absent)
    assert await hear(socket, 3) == [removed(hidden), {"type": "document.removed", "document": str(absent)}, {"type": "pong"}]
    # Named or not: from now on nothing that happens to it is heard.
    await aring(f"library.{acme.pk}", {"document": str(hidden.pk)})
    assert await socket.receive_nothing(0.2)
    await socket.disconnect()


async def test_what_happens_to_a_document_that_was_never_seen_stays_unsaid(open_socket, bob, hidden, say):
    socket = await opened(await run_db(open_socket, bob))
    await follow_library(socket, say)
    await hear(socket)
    await run_db(purge_document, hidden)
    assert await socket.receive_nothing(0.2)
    await socket.disconnect()


async def test_only_so_many_documents_are_remembered(open_socket, bob, acme, bob_reader, say, monkeypatch, stage):
    monkeypatch.setattr(follower, "SHOWN_MAX", 1)
    first, second = [(await run_db(shelve, bob_reader, "Text"))[0].version.document for _ in range(2)]
    socket = await opened(await run_db(open_socket, bob))
    await follow_library(socket, say, first.pk, second.pk)
    await hear(socket)
    expected = removed(second)
    await run_db(purge_document, first)
    await run_db(purge_document, second)
    assert await hear(socket) == [expected]
    await socket.disconnect()


async def test_an_unsubscribed_library_is_not_watched_any_more(open_socket, bob, acme, say):
    socket = await opened(await run_db(open_socket, bob))
    await follow_library(socket, say)
    await hear(socket)
    (watched,) = rights_watch()._watched
    assert set(watched.workspaces) == {acme.pk}
    await say(socket, type="unsubscribe", topic="library", workspace="acme")
    await say(socket, type="ping")
    await hear(socket)
    assert watched.workspaces == {}
    await socket.disconnect()


@pytest.mark.parametrize("shown", ["x", ["x"], [1], ["00000000-0000-0000-0000-000000000000"] * 301])
async def test_shown_is_a_short_list_of_documents(shown, open_socket, bob, acme, say):
    socket = await opened(await run_db(open_socket, bob))
    await say(socket, type="subscribe", topic="library", workspace="acme", shown=shown)
    assert (await hear(socket))[0]["code"] == "invalid"
    await socket.disconnect()
