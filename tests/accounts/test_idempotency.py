"""One effect for each Idempotency-Key: the record, its lease and its fence. The two views that have a POST are tested beside it."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from rest_framework.response import Response

from apps.accounts.api import WorkspaceAPIView
from apps.accounts.errors import InFlight
from apps.accounts.models import IdempotencyRecord
from apps.accounts.selectors.readers import get_reader_of_key
from apps.accounts.services import idempotency
from apps.accounts.services.idempotency import Attempt, Finished, KeyMismatch, begin, complete, forget, prune_records, release
from apps.accounts.services.keys import make_key
from apps.accounts.tasks import prune

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(bob_reader):
    def begin_as(reader=bob_reader, key="k-1", fingerprint="f"):
        return begin(reader, key=key, route="api/v1/query", fingerprint=fingerprint)

    return begin_as


def test_the_first_may_work_and_a_second_waits(ask):
    assert isinstance(ask(), Attempt)
    with pytest.raises(InFlight) as refusal:
        ask()
    assert (refusal.value.status, refusal.value.code, refusal.value.extra) == (409, "in_flight", {"retry_after": 1})


def test_what_is_finished_is_told(ask):
    complete(ask(), status=202, reference="abc")
    assert ask() == Finished(202, "abc")


@pytest.mark.parametrize("is_finished", [True, False])
def test_another_request_under_the_same_key_is_refused(ask, is_finished):
    attempt = ask()
    if is_finished:
        complete(attempt, status=202, reference="abc")
    with pytest.raises(KeyMismatch) as refusal:
        ask(fingerprint="g")
    assert (refusal.value.status, refusal.value.code) == (422, "idempotency_mismatch")


def test_an_error_frees_the_key(ask):
    release(ask())
    assert isinstance(ask(fingerprint="g"), Attempt)


def test_what_is_finished_is_not_freed(ask):
    attempt = ask()
    complete(attempt, status=200, reference="abc")
    release(attempt)
    assert ask() == Finished(200, "abc")


def test_each_caller_has_keys_of_their_own(ask, alice_reader, bob_reader, charlie_reader):
    key, _ = make_key(bob_reader, name="Bot", scopes=["chat.ask"])
    other, _ = make_key(bob_reader, name="Other", scopes=["chat.ask"])
    callers = [bob_reader, alice_reader, charlie_reader, get_reader_of_key(key.pk), get_reader_of_key(other.pk)]
    assert [type(ask(caller)) for caller in callers] == [Attempt] * 5
    assert isinstance(ask(key="k-2"), Attempt)


def test_who_died_is_followed_by_one_after_the_lease(ask, time_machine):
    first = ask()
    time_machine.move_to(timezone.now() + timedelta(seconds=119))
    with pytest.raises(InFlight):
        ask()
    time_machine.move_to(timezone.now() + timedelta(seconds=2))
    second = ask()
    assert (second.record_id, second.lease_until > first.lease_until) == (first.record_id, True)
    with pytest.raises(InFlight):
        ask()


def test_who_was_only_slow_takes_their_effect_back(ask, time_machine, bob_reader):
    slow = ask()
    time_machine.move_to(timezone.now() + timedelta(seconds=121))
    taken_over = ask()

    def work():
        with transaction.atomic():
            make_key(bob_reader, name="Effect", scopes=["chat.ask"])
            complete(slow, status=200, reference="slow")

    with pytest.raises(InFlight):
        work()
    release(slow)
    assert not bob_reader.user.api_keys.exists()
    complete(taken_over, status=200, reference="second")
    assert ask() == Finished(200, "second")


def test_of_two_who_find_a_lease_run_out_one_takes_over(ask, time_machine, monkeypatch):
    ask()
    found = IdempotencyRecord.objects.get()
    time_machine.move_to(timezone.now() + timedelta(seconds=121))
    ask()
    with pytest.raises(InFlight):
        idempotency._take_over(found, timezone.now())


def test_a_key_that_is_freed_between_two_looks_is_asked_for_again(ask, monkeypatch):
    monkeypatch.setattr(IdempotencyRecord.objects, "bulk_create", lambda *_, **__: [])
    with pytest.raises(InFlight):
        ask()


def test_work_that_came_to_nothing_frees_its_own_key_only(ask, bob_reader):
    complete(ask(), status=200, reference="run-1")
    forget(bob_reader, key="k-1", reference="another")
    assert ask() == Finished(200, "run-1")
    forget(bob_reader, key="k-1", reference="run-1")
    assert isinstance(ask(), Attempt)


def test_records_are_kept_for_two_days(ask, monkeypatch):
    monkeypatch.setattr(idempotency, "PRUNE_BATCH", 2)
    for number in range(5):
        ask(key=f"old-{number}")
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(hours=48, minutes=1))
    ask(key="young")
    prune()
    assert [record.key for record in IdempotencyRecord.objects.all()] == ["young"]
    assert prune_records(timezone.now()) == 0


def test_a_post_has_to_say_how_it_is_told_again():
    with pytest.raises(TypeError, match="no replay"):
        type("Forgetful", (WorkspaceAPIView,), {"post": lambda self, request: Response()})


def test_a_post_has_to_say_what_became_of_it(rf, bob, acme):
    class Silent(WorkspaceAPIView):
        action = {"POST": "document.view"}  # noqa: RUF012

        def post(self, request):
            return Response({})

        def replay(self, status, reference):
            return Response({})

    from rest_framework.test import force_authenticate

    request = rf.post("/somewhere", {}, content_type="application/json", headers={"Idempotency-Key": "k-1"})
    force_authenticate(request, bob)
    with pytest.raises(RuntimeError, match="did not call finish"):
        Silent.as_view()(request)
    assert not IdempotencyRecord.objects.exists()
