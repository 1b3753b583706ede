"""A run's log quotes documents, so it is kept only while somebody may be reading along."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.chat.models import Run, RunEvent
from apps.chat.tasks import prune

pytestmark = pytest.mark.django_db(transaction=True)


def ended(run, ago):
    Run.objects.filter(pk=run.pk).update(finished_at=timezone.now() - ago)


def test_an_hour_after_the_end_only_the_ending_is_left(answered):
    ended(answered, timedelta(hours=1, minutes=1))
    assert RunEvent.objects.filter(run=answered).count() > 1
    prune()
    prune()
    assert list(RunEvent.objects.filter(run=answered).values_list("type", flat=True)) == ["run.completed"]


def test_what_has_just_ended_stays_for_those_who_read_along(answered):
    before = RunEvent.objects.count()
    prune()
    assert RunEvent.objects.count() == before


def test_a_run_that_goes_on_keeps_all(run, stage, carry_out, shelf):
    RunEvent.objects.create(run=run, seq=1, attempt=0, type="text.delta", payload={"text": "a"})
    prune()
    assert RunEvent.objects.count() == 1


def test_the_page_of_an_old_answer_is_the_same(answered, client_for, alice, address):
    page = address("conversation", answered.conversation_id)
    client = client_for(alice)
    before = client.get(page).context["exchanges"]
    ended(answered, timedelta(days=1))
    prune()
    after = client.get(page).context["exchanges"]
    assert [one.html for one in after] == [one.html for one in before]
