"""Claims, leases, fences: who works on a run, and that it ends once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone

from apps.accounts.models import ApiKey, User, Workspace
from apps.chat.errors import StaleAttempt
from apps.chat.events import StageChanged, TextDelta
from apps.chat.models import Message, Run, RunEvent, RunState
from apps.chat.selectors.runs import get_run, list_events
from apps.chat.services.asking import ask_question
from apps.chat.services.endings import Ending, end_run
from apps.chat.services.leases import Claim, Disturbance, claim_runs, find_disturbances, hand_over, renew_leases
from apps.chat.services.run_log import append_events

pytestmark = pytest.mark.django_db(transaction=True)


def lease_runs_out(run):
    """The clock of a lease is the database's; its end is moved instead."""
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_claim_takes_the_oldest_first(alice_reader, run):
    second = ask_question(alice_reader, text="Second?")
    assert claim_runs("a", 1) == [Claim(run.pk, 1)]
    assert claim_runs("b", 5) == [Claim(second.pk, 1)]
    assert claim_runs("c", 5) == []


def test_a_claim_marks_whose_the_run_is_and_until_when(run):
    claim_runs("a", 1)
    run.refresh_from_db()
    assert (run.state, run.attempt, run.claimed_by) == ("running", 1, "a")
    assert timedelta(seconds=8) < run.lease_until - timezone.now() <= timedelta(seconds=10)
    assert run.started_at is not None


def test_a_row_that_another_process_holds_is_passed_over(run, django_db_blocker):
    import threading

    found = []
    with transaction.atomic():
        Run.objects.select_for_update().get(pk=run.pk)
        other = threading.Thread(target=lambda: found.extend(_claim_and_close("b")))
        other.start()
        other.join()
    assert found == []
    assert len(claim_runs("a", 5)) == 1


def _claim_and_close(name):
    from django.db import connection

    try:
        return claim_runs(name, 5)
    finally:
        connection.close()


def test_a_run_whose_lease_ran_out_is_taken_over_as_a_new_attempt(run):
    claim_runs("a", 1)
    assert claim_runs("b", 1) == []
    lease_runs_out(run)
    assert claim_runs("b", 1) == [Claim(run.pk, 2)]


def test_a_renewed_lease_is_not_taken_over(run):
    claim_runs("a", 1)
    lease_runs_out(run)
    assert renew_leases({run.pk: 1}) == {run.pk}
    assert claim_runs("b", 1) == []


def test_who_lost_a_run_cannot_renew_it(run):
    claim_runs("a", 1)
    lease_runs_out(run)
    claim_runs("b", 1)
    assert renew_leases({run.pk: 1}) == set()
    assert renew_leases({run.pk: 2}) == {run.pk}


def test_nothing_held_needs_no_question():
    assert renew_leases({}) == set()
    assert find_disturbances({}) == []


def test_after_three_attempts_a_run_is_given_up_in_words(run):
    for name in ("a", "b", "c"):
        claim_runs(name, 1)
        lease_runs_out(run)
    assert claim_runs("d", 1) == []
    run.refresh_from_db()
    assert (run.state, run.error_code, run.attempt) == ("failed", "interrupted", 3)
    assert "try again" in run.error_detail
    assert RunEvent.objects.get().type == "run.failed"


def test_a_run_is_given_up_and_others_are_claimed_in_one_step_or_none(alice_reader, run, monkeypatch):
    """Else a crash between the two would leave claims that nobody works on until their leases run out."""
    from apps.chat.services import leases

    for name in ("a", "b", "c"):
        claim_runs(name, 1)
        lease_runs_out(run)
    second = ask_question(alice_reader, text="Second?")

    def fall_over(*arguments):
        raise OperationalError

    with monkeypatch.context() as broken:
        broken.setattr(leases, "end_run", fall_over)
        with pytest.raises(OperationalError):
            claim_runs("d", 2)
    assert claim_runs("e", 2) == [Claim(second.pk, 1)]
    run.refresh_from_db()
    assert run.state == "failed"


def test_what_is_handed_over_is_taken_up_at_once_with_new_numbers(run):
    (claim,) = claim_runs("a", 1)
    assert hand_over(claim)
    assert not hand_over(claim)
    assert claim_runs("b", 1) == [Claim(run.pk, 2)]


def test_events_are_appended_in_their_numbers(alice_reader, run):
    claim_runs("a", 1)
    append_events(run.pk, 1, [(1_000_001, StageChanged("searching", "Searching")), (1_000_002, TextDelta("é'\"\\ [1]"))])
    assert [(line.seq, line.type, line.payload) for line in list_events(alice_reader, run.pk, 0)] == [
        (1_000_001, "stage.changed", {"stage": "searching", "text": "Searching"}),
        (1_000_002, "text.delta", {"text": "é'\"\\ [1]"}),
    ]
    run.refresh_from_db()
    assert run.stage == "Searching"


def test_a_stale_attempt_appends_nothing(run):
    claim_runs("a", 1)
    lease_runs_out(run)
    claim_runs("b", 1)
    with pytest.raises(StaleAttempt):
        append_events(run.pk, 1, [(1_000_001, StageChanged("searching", "Searching"))])
    run.refresh_from_db()
    assert (RunEvent.objects.count(), run.stage) == (0, "")


def test_what_is_told_again_stays_as_it_was_told_first(run):
    claim_runs("a", 1)
    append_events(run.pk, 1, [(1_000_001, TextDelta("a"))])
    append_events(run.pk, 1, [(1_000_001, TextDelta("b")), (1_000_002, TextDelta("c"))])
    assert list(RunEvent.objects.values_list("payload__text", flat=True).order_by("seq")) == ["a", "c"]


def test_who_holds_a_run_ends_it_behind_all_it_said_and_anybody_else_with_a_number_of_the_next_attempt(alice_reader, run):
    claim_runs("a", 1)
    append_events(run.pk, 1, [(1_000_001, TextDelta("a"))])
    # Readers saw more than Postgres did.
    assert end_run(run.pk, 1, Ending(RunState.FAILED), last_seq=1_000_007) == 1_000_008
    assert [line.seq for line in list_events(alice_reader, run.pk, 1_000_007)] == [1_000_008]
    other = ask_question(alice_reader, text="And on Windows?")
    assert end_run(other.pk, 0, Ending(RunState.CANCELLED), from_state=RunState.ACCEPTED) == 1_000_001


def test_a_stale_attempt_cannot_end_a_run(run):
    claim_runs("a", 1)
    lease_runs_out(run)
    claim_runs("b", 1)
    with pytest.raises(StaleAttempt):
        end_run(run.pk, 1, Ending(RunState.COMPLETED, text="stale"))
    assert Message.objects.get(pk=run.answer_id).text == ""


def test_a_run_ends_once(run):
    claim_runs("a", 1)
    assert end_run(run.pk, 1, Ending(RunState.COMPLETED, text="Yes."), last_seq=1_000_000) == 1_000_001
    with pytest.raises(StaleAttempt):
        end_run(run.pk, 1, Ending(RunState.CANCELLED))
    assert list(RunEvent.objects.values_list("type", "payload")) == [("run.completed", {"message": str(run.answer_id)})]


def test_the_database_holds_one_terminal_event_a_run(run):
    RunEvent.objects.create(run=run, seq=1, attempt=0, type="run.completed")
    with pytest.raises(IntegrityError, match="one_terminal_event_a_run"), transaction.atomic():
        RunEvent.objects.create(run=run, seq=2, attempt=0, type="run.failed")


def test_the_database_holds_one_live_run_an_answer(run):
    with pytest.raises(IntegrityError, match="one_live_run_an_answer"), transaction.atomic():
        Run.objects.create(conversation=run.conversation, question=run.question, answer=run.answer)


def test_a_run_that_is_over_has_its_time(run):
    with pytest.raises(IntegrityError, match="run_finished_has_time"), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(state="completed")


def test_events_of_a_superseded_attempt_are_not_replayed(alice_reader, run):
    claim_runs("a", 1)
    append_events(run.pk, 1, [(1_000_001, TextDelta("first"))])
    lease_runs_out(run)
    claim_runs("b", 1)
    append_events(run.pk, 2, [(2_000_001, TextDelta("second"))])
    assert [line.seq for line in list_events(alice_reader, run.pk, 0)] == [2_000_001]
    assert [line.seq for line in list_events(alice_reader, run.pk, 2_000_001)] == []


def test_cancelled_runs_are_found_among_the_held(alice_reader, run):
    from apps.chat.services.asking import cancel_run

    (claim,) = claim_runs("a", 1)
    assert find_disturbances({run.pk: claim.epoch}) == []
    cancel_run(alice_reader, run.pk)
    assert find_disturbances({run.pk: claim.epoch}) == [Disturbance(run.pk, is_cancelled=True, is_moved=False, epoch=claim.epoch)]


@pytest.mark.parametrize(
    "change",
    [
        lambda acme: acme.memberships.update(role="viewer"),
        lambda acme: User.objects.update(is_active=False),
        lambda acme: User.objects.update(password="x"),
        lambda acme: acme.groups.create(name="Team").members.create(membership=acme.memberships.get(role="owner")),
        lambda acme: Workspace.objects.filter(pk=acme.pk).update(epoch=1000),
    ],
)
def test_changed_rights_are_found_among_the_held_in_one_query(change, run, acme, django_assert_num_queries):
    (claim,) = claim_runs("a", 1)
    change(acme)
    with django_assert_num_queries(1):
        (found,) = find_disturbances({run.pk: claim.epoch, uuid4(): 1})
    assert (found.run_id, found.is_cancelled, found.is_moved) == (run.pk, False, True)
    assert find_disturbances({run.pk: found.epoch}) == []


def test_a_key_that_ran_out_is_found_among_the_held(run, alice, acme, time_machine):
    ends = timezone.now() + timedelta(seconds=60)
    key = ApiKey.objects.create(public_id="k", digest="0" * 64, name="Bot", owner=alice, workspace=acme, scopes=["chat.ask"], expires_at=ends)
    Run.objects.update(api_key_id=key.pk)
    (claim,) = claim_runs("a", 1)
    assert find_disturbances({run.pk: claim.epoch}) == []
    time_machine.move_to(ends)
    (found,) = find_disturbances({run.pk: claim.epoch})
    assert found.is_moved


def test_rows_say_what_they_are(alice_reader, run):
    claim_runs("a", 1)
    append_events(run.pk, 1, [(1_000_001, TextDelta("a"))])
    assert str(get_run(alice_reader, run.pk)) == "Answering, attempt 1"
    assert str(RunEvent.objects.get()) == "1000001 text.delta"
    assert str(run.question).startswith("Person, 20")


@pytest.mark.parametrize("model", ["Message", "Run", "RunEvent", "Citation", "Conversation"])
def test_everything_under_a_conversation_is_its_owners_alone(model, answered, alice_reader, bob_reader, charlie_reader):
    from apps.chat import models

    rows = getattr(models, model).objects
    assert rows.visible_to(alice_reader).exists()
    assert not rows.visible_to(bob_reader).exists()
    assert not rows.visible_to(charlie_reader).exists()
