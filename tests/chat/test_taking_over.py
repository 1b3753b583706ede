"""Another process goes on with a run where the one that died had got to: after the last node that it finished."""

import asyncio

import pytest
from django.db import OperationalError

from apps.chat.errors import StaleAttempt
from apps.chat.models import Citation, Run, RunEvent
from apps.chat.services import checkpoints
from apps.chat.services.asker import NOT_TO_SEE, Asker
from apps.chat.services.asking import ask_question
from apps.chat.services.execution import execute_run
from apps.chat.services.leases import ATTEMPTS_MAX, Claim, claim_runs, hand_over
from apps.common.db import run_db
from apps.documents.models import Document, DocumentGrant, Passage
from tests.chat.conftest import LINUX
from tests.chat.stage import Silence, shelve

pytestmark = pytest.mark.django_db(transaction=True)

ANSWER = "Quire runs on Linux. [1]"


async def die_at(stage, silence):
    """An agents process gets as far as the silence, and is no more."""
    (claim,) = await run_db(claim_runs, "dead", 10)
    task = asyncio.create_task(execute_run(claim, asyncio.Event()))
    await asyncio.wait_for(silence.reached.wait(), 10)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await run_db(hand_over, claim)


@pytest.fixture
def dead_while_answering(run, stage, shelf):
    async def die():
        silence = Silence()
        stage.answers = [["Quire runs on Win", silence], [ANSWER]]
        await die_at(stage, silence)

    return die


@pytest.fixture
def dead_while_verifying(run, stage, shelf, monkeypatch):
    async def die():
        silence = Silence()
        stage.answers = [["Linux is where it is at home. [1]"], ["never asked"]]

        async def embed(principal, texts):
            await silence.last()

        with monkeypatch.context() as patch:
            patch.setattr("apps.chat.tools.checking.embed", embed)
            await die_at(stage, silence)

    return die


def texts_of(run, attempt):
    return "".join(RunEvent.objects.filter(run=run, attempt=attempt, type="text.delta").order_by("seq").values_list("payload__text", flat=True))


async def test_what_was_found_is_not_searched_for_again(run, stage, dead_while_answering):
    await dead_while_answering()
    await stage.carry_out()
    await run_db(run.refresh_from_db)
    assert (run.state, run.attempt, stage.questions) == ("completed", 2, ["Where does Quire run?"])
    answer = await run_db(lambda: Run.objects.select_related("answer").get(pk=run.pk).answer.text)
    assert answer == ANSWER
    citation = await run_db(Citation.objects.select_related("passage").get)
    assert citation.passage == stage.passages[0]


async def test_the_new_attempt_takes_the_place_of_the_old_one(run, stage, dead_while_answering):
    await dead_while_answering()
    await stage.carry_out()
    assert await run_db(texts_of, run, 2) == ANSWER


async def test_a_finished_answer_is_not_asked_for_again_and_is_told_again(run, stage, dead_while_verifying):
    await dead_while_verifying()
    await stage.carry_out()
    await run_db(run.refresh_from_db)
    assert (run.state, len(stage.answers), len(stage.questions)) == ("completed", 1, 1)
    assert await run_db(texts_of, run, 2) == "Linux is where it is at home. [1]"
    kinds = await run_db(lambda: list(RunEvent.objects.filter(run=run, attempt=2).order_by("seq").values_list("type", flat=True)))
    assert kinds[:3] == ["run.started", "citation.added", "text.delta"]
    assert kinds[-1] == "run.completed"


async def test_nothing_of_it_is_kept_once_the_run_is_over(run, stage, dead_while_answering):
    await dead_while_answering()
    await run_db(run.refresh_from_db)
    assert run.checkpoint["state"]["passages"]
    assert LINUX not in str(run.checkpoint)
    await stage.carry_out()
    await run_db(run.refresh_from_db)
    assert run.checkpoint is None


async def test_a_process_that_lost_the_run_keeps_nothing(run, stage, dead_while_answering):
    await dead_while_answering()
    with pytest.raises(StaleAttempt):
        await run_db(checkpoints._store, Claim(run.pk, 1), {"step": 9})


async def test_a_run_whose_passage_was_deleted_meanwhile_begins_anew(run, stage, dead_while_answering):
    await dead_while_answering()
    await run_db(lambda: Passage.objects.filter(pk=stage.passages[0].pk).delete())
    stage.passages = stage.passages[1:]
    await stage.carry_out()
    await run_db(run.refresh_from_db)
    assert (run.state, len(stage.questions)) == ("completed", 2)


async def test_a_run_of_a_graph_with_other_nodes_begins_anew(run, stage, dead_while_answering, monkeypatch):
    await dead_while_answering()
    monkeypatch.setattr(checkpoints, "shape", lambda: ["another"])
    await stage.carry_out()
    await run_db(run.refresh_from_db)
    assert (run.state, len(stage.questions)) == ("completed", 2)


async def test_whoever_lost_the_right_to_a_passage_gets_nothing_that_rests_on_it(alice_reader, bob_reader, stage):
    stage.passages = await run_db(lambda: shelve(alice_reader, LINUX, title="Secret plan", access="restricted"))
    document = stage.passages[0].version.document
    grant = await run_db(lambda: DocumentGrant.objects.create(document=document, member_id=bob_reader.membership_id))
    run = await run_db(lambda: ask_question(bob_reader, text="Where does Quire run?"))
    silence = Silence()
    stage.answers = [["Quire", silence], [ANSWER]]
    await die_at(stage, silence)
    await run_db(grant.delete)
    stage.passages = []
    await stage.carry_out()
    await run_db(run.refresh_from_db)
    assert (run.state, run.error_code, run.error_detail) == ("failed", "rights_changed", NOT_TO_SEE)
    assert len(stage.answers) == 1
    assert await run_db(texts_of, run, 2) == ""


async def test_a_database_that_is_away_when_a_node_ends_costs_no_answer(run, stage, shelf, monkeypatch):
    def away(claim, kept):
        raise OperationalError

    monkeypatch.setattr(checkpoints, "_store", away)
    stage.answers = [[ANSWER]]
    await stage.carry_out()
    await run_db(run.refresh_from_db)
    assert run.state == "completed"
    assert await run_db(Document.objects.count) == 1


async def test_a_process_that_finds_the_run_taken_leaves_it_without_a_word(run, stage, shelf, monkeypatch, caplog):
    def taken(claim, kept):
        raise StaleAttempt

    monkeypatch.setattr(checkpoints, "_store", taken)
    stage.answers = [[ANSWER]]
    await stage.carry_out()
    await run_db(run.refresh_from_db)
    assert (run.state, stage.questions) == ("running", [])
    assert "run.crashed" not in caplog.messages


async def test_calls_that_could_not_be_kept_are_not_done(run, alice_reader, monkeypatch):
    """Another attempt might ask for others, under the same keys."""

    def away(claim, kept):
        raise OperationalError

    monkeypatch.setattr(checkpoints, "_store", away)
    saver = await checkpoints.make_saver(Claim(run.pk, 1), Asker(alice_reader), {})
    await saver._keep({"state": {"calls": []}})
    with pytest.raises(OperationalError):
        await saver._keep({"state": {"calls": [{"id": "call"}]}})


async def test_the_last_attempt_counts_as_before(run, stage, dead_while_answering):
    await dead_while_answering()
    await run_db(lambda: Run.objects.filter(pk=run.pk).update(state="running", attempt=ATTEMPTS_MAX, lease_until=run.created_at))
    assert await run_db(claim_runs, "next", 10) == []
    await run_db(run.refresh_from_db)
    assert (run.state, run.error_code, run.checkpoint) == ("failed", "interrupted", None)
