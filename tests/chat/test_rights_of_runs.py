"""A run acts for its asker of this moment, and takes back what it wrote once it rests on what they may not see."""

import asyncio
import json

import pytest

from apps.accounts.models import Group, GroupMember, Membership, Role, User
from apps.chat import follower
from apps.chat.events import RunStarted, TextDelta
from apps.chat.models import Citation, Run, RunEvent
from apps.chat.selectors.exchanges import get_exchange
from apps.chat.selectors.runs import list_events
from apps.chat.services.agents import AgentsProcess
from apps.chat.services.asker import MAY_NOT_ASK, NOT_TO_SEE
from apps.chat.services.asking import ask_question, retry_run
from apps.chat.services.execution import execute_run
from apps.chat.services.leases import claim_runs
from apps.chat.services.run_log import append_events
from apps.common.db import run_db
from apps.documents.models import CollectionGrant, Document, DocumentGrant
from apps.gateway.types import Chunk
from tests.chat.conftest import LINUX
from tests.chat.stage import Silence, eventually, finally_true, shelve

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def secret(alice_reader, bob_reader, stage):
    """Alice's restricted document, which names bob; the search finds it."""
    stage.passages = shelve(alice_reader, LINUX, title="Secret plan", access="restricted")
    document = stage.passages[0].version.document
    DocumentGrant.objects.create(document=document, member_id=bob_reader.membership_id)
    return document


@pytest.fixture
def bobs_run(bob_reader, secret):
    return ask_question(bob_reader, text="Where does Quire run?")


class Going:
    """An agents process in the background of a test."""

    async def __aenter__(self):
        self.process = AgentsProcess(execute_run, concurrency=10, grace_seconds=0)
        self.task = asyncio.create_task(self.process.run())
        return self.process

    async def __aexit__(self, *exception):
        self.process.leave()
        await asyncio.wait_for(self.task, 10)


def is_state(run, state):
    return Run.objects.filter(pk=run.pk, state=state).exists()


def has_streamed(run):
    return RunEvent.objects.filter(run=run, type="text.delta").exists()


def leave(bob, document):
    Membership.objects.filter(user=bob).delete()


def switch_off(bob, document):
    User.objects.filter(pk=bob.pk).update(is_active=False)


def may_ask_no_more(bob, document):
    membership = Membership.objects.get(user=bob)
    role = Role.objects.create(workspace=membership.workspace, name="Reads", permissions=["document.view"])
    Membership.objects.filter(user=bob).update(role="custom", custom_role=role)


def lose_the_grant(bob, document):
    DocumentGrant.objects.filter(document=document).delete()


def close_the_document(bob, document):
    Document.objects.filter(pk=document.pk).update(access="internal")


def lose_a_collection(bob, document):
    grant = CollectionGrant.objects.create(collection=document.collection, member=Membership.objects.get(user=bob))
    Document.objects.filter(pk=document.pk).update(access="internal")
    DocumentGrant.objects.all().delete()
    grant.delete()


CHANGES = [
    (leave, MAY_NOT_ASK),
    (switch_off, MAY_NOT_ASK),
    (may_ask_no_more, MAY_NOT_ASK),
    (lose_the_grant, NOT_TO_SEE),
    (close_the_document, NOT_TO_SEE),
    (lose_a_collection, NOT_TO_SEE),
]


@pytest.mark.parametrize(("change", "words"), CHANGES)
async def test_a_run_that_may_not_go_on_ends_and_takes_back_what_it_wrote(change, words, bob, secret, bobs_run, stage):
    silence = Silence()
    stage.answers = [["Quire runs on Linux. [1]", silence]]
    async with Going():
        await silence.reached.wait()
        await finally_true(has_streamed, bobs_run)
        await run_db(change, bob, secret)
        changed = asyncio.get_running_loop().time()
        await eventually(lambda: stage.closed_count == 1)
        await finally_true(is_state, bobs_run, "failed")
        assert asyncio.get_running_loop().time() - changed < 1
    await run_db(bobs_run.refresh_from_db)
    assert (bobs_run.error_code, bobs_run.error_detail) == ("rights_changed", words)
    assert await run_db(lambda: bobs_run.answer.text) == ""
    events = await run_db(lambda: list(RunEvent.objects.values_list("type", "payload")))
    assert events == [("run.failed", {"message": str(bobs_run.answer_id), "code": "rights_changed", "detail": words})]
    assert not await run_db(Citation.objects.exists)


async def test_the_number_of_the_ending_comes_after_those_that_were_taken_back(bob, secret, bobs_run, stage):
    silence = Silence()
    stage.answers = [["Quire runs on Linux. [1]", silence]]
    async with Going():
        await silence.reached.wait()
        await finally_true(has_streamed, bobs_run)
        last = await run_db(lambda: RunEvent.objects.order_by("seq").last().seq)
        await run_db(lose_the_grant, bob, secret)
        await finally_true(is_state, bobs_run, "failed")
    assert await run_db(lambda: RunEvent.objects.get().seq) > last


async def test_a_page_that_streamed_it_hears_the_ending_and_reads_nothing_more(bob, bob_reader, secret, bobs_run, stage, open_socket, say):
    silence = Silence()
    stage.answers = [["Quire runs on Linux. [1]", silence]]
    socket = await run_db(open_socket, bob)
    await socket.connect(timeout=5)
    await say(socket, type="subscribe", topic="run", id=str(bobs_run.pk), after=0)
    async with Going():
        await silence.reached.wait()
        await run_db(lose_the_grant, bob, secret)
        heard = json.loads(await socket.receive_from(timeout=5))
        while heard["type"] not in {"run.failed", "run.completed"}:
            heard = json.loads(await socket.receive_from(timeout=5))
    assert heard["code"] == "rights_changed"
    await say(socket, type="subscribe", topic="run", id=str(bobs_run.pk), after=0)
    assert json.loads(await socket.receive_from(timeout=5))["type"] == "run.failed"
    exchange = await run_db(get_exchange, bob_reader, bobs_run.answer_id)
    assert (exchange.text, exchange.sources, exchange.error.detail) == ("", [], NOT_TO_SEE)
    await socket.disconnect()


async def test_a_change_that_takes_nothing_from_it_lets_it_go_on_with_the_new_rights(bob, bob_reader, secret, bobs_run, stage, monkeypatch):
    going_on = asyncio.Event()

    async def complete(principal, messages, *, options=None):
        yield Chunk("Quire runs ")
        await going_on.wait()
        yield Chunk("on Linux. [1]")

    def join():
        group = Group.objects.create(workspace=bob_reader.workspace, name="Team")
        GroupMember.objects.create(group=group, membership_id=bob_reader.membership_id)

    renewed = []
    from apps.chat.services import asker

    original = asker.has_hidden
    monkeypatch.setattr(asker, "has_hidden", lambda reader, passages: renewed.append(reader) or original(reader, passages))
    monkeypatch.setattr("apps.chat.tools.complete.complete", complete)
    async with Going():
        await finally_true(has_streamed, bobs_run)
        await run_db(join)
        await eventually(lambda: renewed and renewed[-1].groups)
        going_on.set()
        await finally_true(is_state, bobs_run, "completed")
    assert await run_db(lambda: Run.objects.get().answer.text) == "Quire runs on Linux. [1]"


@pytest.mark.parametrize("change", [lose_the_grant, leave])
def test_what_changed_after_the_last_word_counts_as_well(change, bob, secret, bobs_run, carry_out, monkeypatch):
    async def complete(principal, messages, *, options=None):
        yield Chunk("Quire runs on Linux. [1]", None, "stop")
        await run_db(change, bob, secret)

    monkeypatch.setattr("apps.chat.tools.complete.complete", complete)
    carry_out()
    bobs_run.refresh_from_db()
    assert (bobs_run.state, bobs_run.error_code) == ("failed", "rights_changed")
    assert list(RunEvent.objects.values_list("type", flat=True)) == ["run.failed"]


def test_what_changed_while_it_searched_counts_as_well(bob, secret, bobs_run, stage, carry_out, monkeypatch):
    async def search(reader, query, *, limit=8, filters=None, joins=True):
        hits = await stage.search(reader, query, limit=limit)
        await run_db(lose_the_grant, bob, secret)
        return hits

    monkeypatch.setattr("apps.chat.tools.search.search", search)
    carry_out()
    bobs_run.refresh_from_db()
    assert (bobs_run.state, bobs_run.error_code) == ("failed", "rights_changed")


def test_it_can_be_tried_again_with_what_is_left(bob, bob_reader, secret, bobs_run, stage, carry_out, monkeypatch):
    async def complete(principal, messages, *, options=None):
        yield Chunk("Quire runs on Linux. [1]")
        await run_db(lose_the_grant, bob, secret)

    monkeypatch.setattr("apps.chat.tools.complete.complete", complete)
    carry_out()
    stage.passages = []
    retry_run(bob_reader, bobs_run.pk)
    carry_out()
    assert list(Run.objects.order_by("created_at").values_list("state", flat=True)) == ["failed", "completed"]


def test_who_comes_to_a_run_that_is_over_gets_its_ending_alone(answered, alice_reader, time_machine):
    assert len(list_events(alice_reader, answered.pk, 0, has_followed=False)) == 7
    time_machine.move_to(answered.finished_at.timestamp() + 1)
    assert [line.type for line in list_events(alice_reader, answered.pk, 0, has_followed=False)] == ["run.completed"]
    assert len(list_events(alice_reader, answered.pk, 0)) == 7


async def test_who_follows_it_hears_all_of_it(alice, run, stage, shelf, open_socket, say, monkeypatch):
    monkeypatch.setattr(follower, "FALLBACK_SECONDS", 0.05)
    await run_db(claim_runs, "a", 1)
    await run_db(append_events, run.pk, 1, [(1_000_001, RunStarted(1))])
    socket = await run_db(open_socket, alice)
    await socket.connect(timeout=5)
    await say(socket, type="subscribe", topic="run", id=str(run.pk), after=0)
    await socket.receive_from(timeout=5)
    await run_db(append_events, run.pk, 1, [(1_000_002, TextDelta("Linux"))])
    await run_db(lambda: Run.objects.update(state="completed", finished_at="2020-01-01T00:00:00Z"))
    assert json.loads(await socket.receive_from(timeout=5))["text"] == "Linux"
    await socket.disconnect()
