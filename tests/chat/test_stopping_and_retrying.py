"""Stop and try again, through the page's forms."""

import asyncio

import pytest
from asgiref.sync import async_to_sync

from apps.chat.errors import AlreadyAnswered
from apps.chat.models import Citation, Run, RunEvent
from apps.chat.services.asking import cancel_run, retry_run
from apps.chat.services.execution import execute_run
from apps.chat.services.leases import claim_runs, hand_over
from apps.gateway.errors import ProviderUnavailable

pytestmark = pytest.mark.django_db(transaction=True)

DOWN = "The model does not answer. Try again in a moment."


@pytest.fixture
def failed(run, stage, shelf, carry_out):
    stage.answers = [["Quire ", ProviderUnavailable(DOWN)]]
    carry_out()
    run.refresh_from_db()
    return run


def types_of(run):
    return list(RunEvent.objects.filter(run=run).order_by("seq").values_list("type", flat=True))


def test_stopping_what_nobody_took_up_ends_it_at_once(client_for, alice, address, run):
    response = client_for(alice).post(address("run-stop", run.pk))
    run.refresh_from_db()
    assert response.status_code == 302
    assert (run.state, types_of(run)) == ("cancelled", ["run.cancelled"])
    assert claim_runs("test", 10) == []


def test_stopping_for_a_script_gives_the_exchange(asking_client, alice, address, run):
    response = asking_client(alice).post(address("run-stop", run.pk))
    assert response.status_code == 200
    assert "Stopped" in response.text


def test_stopping_what_runs_leaves_a_flag_for_its_process(client_for, alice, address, run):
    claim_runs("test", 10)
    client_for(alice).post(address("run-stop", run.pk))
    run.refresh_from_db()
    assert (run.state, run.cancel_requested_at is not None) == ("running", True)


def test_stopping_twice_changes_nothing(alice_reader, run):
    claim_runs("test", 10)
    first = cancel_run(alice_reader, run.pk).cancel_requested_at
    assert cancel_run(alice_reader, run.pk).cancel_requested_at == first


def test_stopping_what_has_ended_changes_nothing(alice_reader, answered):
    assert cancel_run(alice_reader, answered.pk).state == "completed"


def test_stopping_what_was_handed_over_ends_it_with_a_number_that_nobody_has_seen(alice_reader, run):
    (claim,) = claim_runs("test", 10)
    hand_over(claim)
    assert cancel_run(alice_reader, run.pk).state == "cancelled"
    assert list(RunEvent.objects.values_list("seq", flat=True)) == [2_000_001]


def test_a_stopped_run_keeps_what_was_written(alice_reader, run, stage, shelf):
    @async_to_sync
    async def stop_in_mid_answer():
        from tests.chat.stage import Silence

        silence, stop = Silence(), asyncio.Event()
        stage.answers = [["Quire runs on Linux. [1] And", silence]]
        from apps.common.db import run_db

        (claim,) = await run_db(claim_runs, "test", 10)
        going = asyncio.create_task(execute_run(claim, stop))
        await silence.reached.wait()
        stop.set()
        await going

    stop_in_mid_answer()
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert run.answer.text == "Quire runs on Linux. [1] And"
    assert types_of(run)[-1] == "run.cancelled"
    assert stage.closed_count == 1


def test_a_provider_that_is_down_is_told_and_the_question_is_kept(client_for, alice, address, failed):
    text = client_for(alice).get(address("conversation", failed.conversation_id)).text
    assert DOWN in text
    assert "Where does Quire run?" in text
    assert (failed.state, failed.error_code) == ("failed", "provider_unavailable")
    assert types_of(failed)[-1] == "run.failed"


def test_trying_again_is_a_new_run_of_the_same_answer(client_for, alice, address, failed, stage, carry_out):
    response = client_for(alice).post(address("run-retry", failed.pk))
    assert response.url.endswith(f"#m-{failed.answer_id}")
    stage.answers = [["It needs Python. [1]"]]
    carry_out()
    latest = Run.objects.exclude(pk=failed.pk).get()
    assert (latest.state, latest.answer_id, latest.answer.text) == ("completed", failed.answer_id, "It needs Python. [1]")
    assert Citation.objects.count() == 1


def test_trying_again_for_a_script_gives_the_waiting_exchange(asking_client, alice, address, failed):
    response = asking_client(alice).post(address("run-retry", failed.pk))
    assert response.status_code == 200
    assert DOWN not in response.text
    assert 'aria-busy="true"' in response.text


def test_trying_again_twice_is_one_run(alice_reader, failed):
    assert retry_run(alice_reader, failed.pk) == retry_run(alice_reader, failed.pk)
    assert Run.objects.count() == 2


def test_what_is_answered_is_not_answered_again(alice_reader, answered):
    with pytest.raises(AlreadyAnswered):
        retry_run(alice_reader, answered.pk)


def test_trying_again_after_a_stop_forgets_the_half_answer(alice_reader, answered):
    Run.objects.update(state="cancelled")
    retry_run(alice_reader, answered.pk)
    answered.answer.refresh_from_db()
    assert answered.answer.text == ""
    assert not Citation.objects.exists()


@pytest.mark.parametrize("whose", ["bob", "charlie", "root"])
@pytest.mark.parametrize("name", ["run-stop", "run-retry"])
def test_nobody_else_may_touch_a_run(whose, name, request, client_for, address, run, other):
    assert client_for(request.getfixturevalue(whose)).post(address(name, run.pk)).status_code == 404
    run.refresh_from_db()
    assert run.state == "accepted"


@pytest.mark.parametrize("name", ["run-stop", "run-retry"])
def test_who_is_not_signed_in_touches_nothing(name, client_for, address, run):
    assert client_for().post(address(name, run.pk)).status_code == 302
    run.refresh_from_db()
    assert run.state == "accepted"


@pytest.mark.parametrize("name", ["run-stop", "run-retry"])
def test_a_link_cannot_stop_or_retry(name, client_for, alice, address, run):
    assert client_for(alice).get(address(name, run.pk)).status_code == 405
