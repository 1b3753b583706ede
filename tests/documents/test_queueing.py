"""Whose file is next: whoever adds one waits for one of each other's, however many somebody else added before."""

import subprocess
import sys
from collections import Counter
from contextlib import nullcontext
from dataclasses import replace

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.documents.models import IngestJob, JobState
from apps.documents.services import slots
from apps.documents.services.lease import claim_next
from apps.documents.services.queueing import queue_job
from apps.documents.services.slots import take_slot

pytestmark = pytest.mark.django_db

# As it is before a run of the tests gets one of its own.
SLOTS_FOLDER = slots.slots_folder
# Who adds a file, or "read" for one that is read to its end.
EVENTS = st.lists(st.sampled_from(["ann", "ben", "eve", "read", "read"]), min_size=1, max_size=40)


@pytest.fixture
def people(acme):
    return {name: User.objects.create_user(f"{name}@example.org", "x", name=name) for name in ("ann", "ben", "eve")}


@pytest.fixture
def add(shelf, add_document, people, hints, rung):
    from apps.documents.models import DocumentVersion

    def take(name):
        document = add_document(shelf, people[name], state="processing")
        return queue_job(document, DocumentVersion.objects.create(document=document, number=1, original="x"))

    return take


@pytest.fixture
def read(people, settings):
    """Read the next file to its end and say whose it was; None where nobody's waits."""
    settings.CELERY_WORKER_CONCURRENCY = 2
    names = {user.pk: name for name, user in people.items()}

    def take():
        lease = claim_next()
        if lease is None:
            return None
        job = IngestJob.objects.get(pk=lease.job_id)
        IngestJob.objects.filter(pk=job.pk).update(state=JobState.DONE, finished_at=timezone.now())
        return names[job.owner_id]

    return take


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS)
def test_any_order_of_arrivals_serves_each_owner_fairly(add, read, events):
    """While two people have files waiting, neither is served two more times than the other; and each one's own keep their order."""
    IngestJob.objects.all().delete()
    waiting = Counter()
    # Since when both of two people have been waiting, how often each was served.
    together = {}
    for event in [*events, *["read"] * len(events)]:
        if event != "read":
            add(event)
            waiting[event] += 1
            continue
        served = read()
        assert (served is None) == (not +waiting)
        if served is None:
            continue
        for one in "ann", "ben", "eve":
            for two in "ann", "ben", "eve":
                if one < two and waiting[one] and waiting[two]:
                    count = together.setdefault((one, two), Counter())
                    count[served] += 1
                    assert abs(count[one] - count[two]) <= 2
                else:
                    together.pop((one, two), None)
        waiting[served] -= 1


def test_one_file_waits_for_one_of_somebody_who_added_many(add, read):
    for _ in range(20):
        add("ann")
    assert [read() for _ in range(3)] == ["ann"] * 3
    add("ben")
    assert "ben" in [read() for _ in range(2)]


def test_one_file_does_not_wait_for_all_that_was_read_and_has_no_vectors_yet(add, read):
    jobs = [add("ann") for _ in range(20)]
    IngestJob.objects.filter(pk__in=[job.pk for job in jobs[:10]]).update(state=JobState.EMBEDDING)
    assert add("ben").turn <= jobs[0].turn


def test_a_file_that_is_being_read_for_an_hour_holds_no_place_in_the_round(add, read):
    jobs = [add("ann") for _ in range(20)]
    IngestJob.objects.filter(pk=jobs[0].pk).update(state=JobState.RUNNING)
    assert add("ben").turn == jobs[1].turn


def test_one_s_own_files_are_read_in_their_order(add, read):
    jobs = [add("ann") for _ in range(5)]
    assert [job.turn for job in jobs] == sorted({job.turn for job in jobs})


def test_who_comes_back_after_a_while_does_not_pay_for_what_they_had(add, read):
    for _ in range(5):
        add("ann")
    while read():
        pass
    add("ben")
    assert add("ann").turn <= 1


@pytest.fixture
def own_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(slots, "slots_folder", lambda: tmp_path)
    return tmp_path


HOLDER = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); sys.stdin.read()"


def test_a_slot_is_held_by_one_and_free_after_it(own_folder):
    with take_slot("a") as first, take_slot("a") as second, take_slot("b") as other:
        assert (first, second, other) == (True, False, True)
    with take_slot("a", 2) as one, take_slot("a", 2) as two, take_slot("a", 2) as three:
        assert (one, two, three) == (True, True, False)
    with take_slot("a") as again:
        assert again


def test_a_slot_of_who_was_killed_is_free_again(own_folder):
    command = [sys.executable, "-c", HOLDER, str(own_folder / "a-0.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        with take_slot("a") as is_free:
            assert not is_free
        holder.kill()
    with take_slot("a") as is_free:
        assert is_free


def test_a_machine_has_one_name_whoever_asks_first(own_folder):
    name = slots.machine()
    slots._machine.cache_clear()
    assert slots.machine() == name
    assert [path.name for path in own_folder.iterdir()] == ["machine"]


def test_all_processes_of_an_installation_share_the_slots(settings, tmp_path):
    settings.QUIRE_VAR = tmp_path
    assert SLOTS_FOLDER() == tmp_path / "run"


def test_who_brought_little_is_embedded_first_and_whole(alice_reader, bob_reader, upload, models):
    from apps.documents.services import embed_waiting, read_next

    many = "\n\n".join(f"# Part {part}\n\n{'Words of the long report. ' * 40}" for part in range(60))
    upload(alice_reader, many, "long.md")
    upload(bob_reader, "One short note.", "note.md")
    while read_next(models=models):
        pass
    asked = []

    def embed(texts):
        asked.append(list(texts))
        return models.embed(texts)

    embed_waiting(make_models=lambda workspace_id: nullcontext(replace(models, embed=embed)))
    assert "One short note." in asked[0][0]
    # The call is filled up with the other's, so that they come forward too.
    assert len(asked[0]) > 1
    assert set(IngestJob.objects.values_list("state", flat=True)) == {JobState.DONE}


def test_what_is_embedded_anew_comes_after_whatever_people_wait_for(alice_reader, make_document, upload, models):
    from apps.documents.constants import LAST_TURN
    from apps.documents.services import embed_waiting, read_next
    from tests.documents.conftest import models_named

    old = make_document(alice_reader, "Old words.", "old.txt")
    IngestJob.objects.create(document=old, version=old.current_version, state=JobState.EMBEDDING, turn=LAST_TURN, passages_total=1, hinted_at=timezone.now())
    upload(alice_reader, "New words, and a few more of them. " * 30, "new.txt")
    while read_next(models=models):
        pass
    asked = []

    def embed(texts):
        asked.extend(texts)
        return models.embed(texts)

    embed_waiting(make_models=lambda workspace_id: nullcontext(replace(models_named("next"), embed=embed)))
    assert [("New" in text) for text in asked] == sorted((("New" in text) for text in asked), reverse=True)
    assert "Old words." in asked[-1]
