from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.documents import tasks
from apps.documents.errors import LeaseLost
from apps.documents.ingest.pipeline import read_here
from apps.documents.models import IngestJob
from apps.documents.services import ingest, lease, read_next
from apps.documents.services.ingest import read_waiting
from apps.documents.services.lease import claim_next
from apps.documents.services.slots import take_slot
from apps.documents.services.sweeper import sweep_jobs
from tests.documents.conftest import read_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(alice_reader, upload, hints):
    found = upload(alice_reader).jobs.get()
    hints.clear()
    return found


def put(job, **fields):
    IngestJob.objects.filter(pk=job.pk).update(**fields)


def long_ago(**ago):
    return timezone.now() - timedelta(**ago)


def test_one_of_two_workers_gets_the_job(job):
    first, second = claim_next(), claim_next()
    assert first is not None
    assert second is None


def test_a_job_whose_lease_ran_out_can_be_taken_over(job):
    first = claim_next()
    put(job, lease_until=long_ago(seconds=1))
    second = claim_next()
    assert (first.attempt, second.attempt) == (1, 2)


def test_the_one_who_lost_the_lease_can_write_nothing(job):
    times = iter([0.0, 1.0])
    first = claim_next()
    first.clock = lambda: next(times)
    first.report("detect", 0)
    put(job, lease_until=long_ago(seconds=1))
    claim_next()
    for write in (
        lambda: first.report("parse", 50),
        lambda: first.hand_over(passages_done=0, passages_total=1),
        lambda: first.fail("x", "x"),
        lambda: first.release("x", "x"),
    ):
        with pytest.raises(LeaseLost):
            write()
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("running", 2)


def test_progress_is_written_and_rung_at_most_five_times_a_second(job, rung):
    times = iter([0.0, 0.05, 0.3, 0.35, 0.6])
    lease = claim_next()
    lease.clock = lambda: next(times)
    percents = []
    for step, percent in [("detect", 0), ("parse", 5), ("parse", 6), ("split", 7), ("split", 8)]:
        lease.report(step, percent)
        job.refresh_from_db()
        percents.append(job.percent)
    assert percents == [0, 0, 6, 6, 8]
    assert len(rung) == 2


def test_progress_renews_the_lease(job):
    times = iter([0.0, 30.0])
    lease = claim_next()
    lease.clock = lambda: next(times)
    lease.report("parse", 5)
    put(job, lease_until=long_ago(seconds=1))
    lease.report("parse", 10)
    job.refresh_from_db()
    assert job.lease_until > timezone.now()


def test_a_job_that_was_never_picked_up_is_hinted_at_again(job, hints):
    put(job, hinted_at=long_ago(minutes=1))
    assert sweep_jobs() == 1
    assert hints == [("documents.ingest",)]


def test_a_hint_is_not_repeated_at_once(job, hints):
    put(job, hinted_at=long_ago(minutes=1))
    sweep_jobs()
    assert sweep_jobs() == 0


def test_a_fresh_job_and_a_running_one_are_left_alone(job, hints):
    assert sweep_jobs() == 0
    put(job, state="running", lease_until=timezone.now() + timedelta(minutes=1), hinted_at=long_ago(hours=1))
    assert sweep_jobs() == 0
    assert hints == []


def test_a_job_whose_worker_died_is_offered_again(job, hints):
    put(job, state="running", attempt=1, lease_until=long_ago(seconds=1), hinted_at=long_ago(minutes=3))
    sweep_jobs()
    assert hints == [("documents.ingest",)]


def test_after_three_attempts_the_document_fails_with_words(job, hints, rung, django_capture_on_commit_callbacks):
    put(job, state="running", attempt=3, lease_until=long_ago(seconds=1), hinted_at=long_ago(minutes=3))
    with django_capture_on_commit_callbacks(execute=True):
        sweep_jobs()
    job.refresh_from_db()
    assert (job.state, job.error_code, job.document.state) == ("failed", "crashed", "failed")
    assert "stopped three times" in job.document.error_detail
    assert rung[-1][1] == {"document": str(job.document_id)}


def test_a_job_that_somebody_took_meanwhile_is_not_given_up(job, monkeypatch):
    put(job, state="running", attempt=3, lease_until=long_ago(seconds=1), hinted_at=long_ago(minutes=3))
    listed = list(IngestJob.objects.values_list("id", "attempt"))
    put(job, state="done", lease_until=None)
    from apps.documents.services import sweeper

    sweeper._give_up(listed[0][0], timezone.now())
    sweeper._hint_again(listed[0][0], timezone.now())
    job.refresh_from_db()
    assert job.state == "done"


def test_a_job_that_is_gone_is_nobody_s(job):
    job_id = job.id
    job.delete()
    assert claim_next() is None
    tasks.ingest(str(job_id))


def test_a_job_out_of_attempts_cannot_be_claimed(job):
    put(job, attempt=3)
    assert claim_next() is None


@pytest.mark.django_db(transaction=True)  # the embedder writes in a thread
def test_the_tasks_are_known_by_the_names_that_are_sent(job):
    tasks.ingest()
    tasks.embed()
    tasks.sweep()
    job.refresh_from_db()
    assert job.state == "done"
    assert (tasks.ingest.name, tasks.embed.name, tasks.sweep.name) == ("documents.ingest", "documents.embed", "documents.sweep")


def test_who_adds_one_file_waits_for_one_of_each_other_s(alice_reader, bob_reader, upload):
    many = [upload(alice_reader, f"Words {number}.", f"{number}.txt") for number in range(5)]
    assert read_document(many[0].jobs.get().id)
    one = upload(bob_reader, "Bob's words.", "bob.txt")
    assert {claim_next().document_id, claim_next().document_id} == {many[1].id, one.id}


def test_a_second_process_finds_all_slots_taken(job, settings):
    settings.CELERY_WORKER_CONCURRENCY = 1
    with take_slot("parse") as is_free:
        assert is_free
        assert read_next() is False
    assert read_next() is True


def test_one_slot_is_kept_for_the_others(alice_reader, bob_reader, upload, settings):
    settings.CELERY_WORKER_CONCURRENCY = 3
    for number in range(3):
        upload(alice_reader, f"Words {number}.", f"{number}.txt")
    assert claim_next() is not None
    assert claim_next() is None
    one = upload(bob_reader, "Bob's words.", "bob.txt")
    assert claim_next().document_id == one.id


def test_the_next_job_is_found_by_an_index_however_many_wait(job):
    facts = {"now": timezone.now(), "until": timezone.now(), "machine": "a", "attempts": 3, "share": 1}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {lease._CLAIM}", facts)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "job_to_claim" in plan
    assert "Sort" not in plan


def test_a_machine_with_one_slot_keeps_none(alice_reader, upload, settings):
    settings.CELERY_WORKER_CONCURRENCY = 1
    for number in range(2):
        upload(alice_reader, f"Words {number}.", f"{number}.txt")
    assert [claim_next() is not None, claim_next() is not None, claim_next()] == [True, True, None]


def test_a_job_that_waits_for_its_vectors_is_hinted_at_to_the_embedder(job, hints):
    put(job, state="embedding", hinted_at=long_ago(minutes=1))
    sweep_jobs()
    assert hints == [("documents.embed",)]


def test_a_task_reads_on_for_a_while_and_asks_for_another(alice_reader, upload, hints):
    for number in range(4):
        upload(alice_reader, f"Words {number}.", f"{number}.txt")
    hints.clear()
    times = iter([0.0, 1.0, 2.5])
    assert read_waiting(read=read_here, clock=lambda: next(times)) == 2
    assert hints.count(("documents.ingest",)) == 1
    assert read_waiting(read=read_here) == 2
    assert hints.count(("documents.ingest",)) == 1


def test_a_hint_that_finds_the_slot_taken_by_who_finds_nothing_is_not_lost(alice_reader, upload, settings, monkeypatch):
    settings.CELERY_WORKER_CONCURRENCY = 1
    first = upload(alice_reader, "Words.", "first.txt")
    late = []

    def claim_and_then():
        """What the process whose slot it is found; before it lets go, a file is added, and another process follows its hint."""
        found = claim_next()
        if found is None and not late:
            late.append(upload(alice_reader, "More words.", "late.txt"))
            assert read_waiting(read=read_here) == 0
        return found

    monkeypatch.setattr(ingest, "claim_next", claim_and_then)
    assert read_waiting(read=read_here) == 2
    assert [one.jobs.get().state for one in (first, *late)] == ["embedding", "embedding"]


def test_what_waits_and_cannot_be_had_is_not_looked_at_for_ever(job, settings):
    settings.CELERY_WORKER_CONCURRENCY = 1
    with take_slot("parse"):
        assert read_waiting(read=read_here) == 0
    assert read_waiting(read=read_here) == 1
