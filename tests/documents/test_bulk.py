"""Many files from the disk, through the service that adds them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.common.errors import NotAllowed
from apps.documents.ingest.pipeline import read_here
from apps.documents.models import Document, IngestJob
from apps.documents.services import bulk
from apps.documents.services.bulk import Bulk
from apps.documents.services.bulk_target import shelf_named
from apps.documents.services.folders import Found

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _read_here(monkeypatch, hints, rung, acme):
    """In this process: what a confined child does is proved elsewhere."""
    monkeypatch.setattr("apps.documents.ingest.confined.reading.read_confined", read_here)
    monkeypatch.setattr(bulk, "_PAUSE_SECONDS", 0.005)


def make_bulk(reader, **options):
    collection, _ = shelf_named(reader, "Papers")
    return Bulk(reader, collection, read_here, **options)


def test_no_more_files_are_on_their_way_than_the_window_holds(tmp_path, alice_reader, monkeypatch):
    seen = []

    def files():
        for number in range(7):
            seen.append(IngestJob.objects.exclude(state="done").count())
            (tmp_path / f"{number}.txt").write_text(f"Words {number}.")
            yield Found(tmp_path / f"{number}.txt", f"{number}.txt")

    assert {one.state for one in make_bulk(alice_reader, window=2).run(files())} == {"ready"}
    assert max(seen) <= 2


def test_a_document_that_is_deleted_while_it_waits_is_waited_for_no_longer(tmp_path, alice_reader, monkeypatch):
    (tmp_path / "a.txt").write_text("Words.")

    def read_none(**_):
        Document.objects.all().delete()
        return False

    monkeypatch.setattr(bulk, "read_next", read_none)
    (outcome,) = make_bulk(alice_reader).run([Found(tmp_path / "a.txt", "a.txt")])
    assert (outcome.state, outcome.code) == ("failed", "deleted")


def test_a_document_that_somebody_cancels_counts_as_failed(tmp_path, alice_reader, monkeypatch):
    from apps.documents.services import cancel_document

    (tmp_path / "a.txt").write_text("Words.")

    def cancel(**_):
        cancel_document(alice_reader, Document.objects.get())
        return False

    monkeypatch.setattr(bulk, "read_next", cancel)
    (outcome,) = make_bulk(alice_reader).run([Found(tmp_path / "a.txt", "a.txt")])
    assert (outcome.state, outcome.code) == ("failed", "cancelled")


def test_what_fails_in_the_embedder_s_thread_is_logged_and_tried_again(tmp_path, alice_reader, monkeypatch, caplog):
    (tmp_path / "a.txt").write_text("Words.")
    whole, calls = bulk.embed_waiting, []

    def embed(**options):
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("Words.")
        return whole(**options)

    monkeypatch.setattr(bulk, "embed_waiting", embed)
    (outcome,) = make_bulk(alice_reader).run([Found(tmp_path / "a.txt", "a.txt")])
    assert outcome.state == "ready"
    assert "Words" not in str([record.__dict__ for record in caplog.records])


def test_embedding_anew_that_failed_says_nothing_of_the_file(tmp_path, alice_reader):
    (tmp_path / "a.txt").write_text("Words.")
    assert [one.state for one in make_bulk(alice_reader).run([Found(tmp_path / "a.txt", "a.txt")])] == ["ready"]
    document = Document.objects.get()
    IngestJob.objects.create(document=document, version=document.current_version, state="failed", error_code="provider_refused", hinted_at=timezone.now())
    for retries in (False, True):
        (outcome,) = make_bulk(alice_reader, retries=retries).run([Found(tmp_path / "a.txt", "a.txt")])
        assert outcome.state == "unchanged"


def test_another_s_file_that_may_not_be_tried_again_is_told_and_the_run_goes_on(tmp_path, alice_reader, monkeypatch):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(f"Words of {name}.")
    files = [Found(tmp_path / name, name) for name in ("a.txt", "b.txt")]
    list(make_bulk(alice_reader).run(files[:1]))
    document = Document.objects.get()
    document.versions.update(published_at=None)
    document.jobs.update(state="failed", error_code="crashed")

    def refuse(*_):
        raise NotAllowed("document.edit")

    monkeypatch.setattr(bulk, "retry_document", refuse)
    assert [one.state for one in make_bulk(alice_reader, retries=True).run(files)] == ["refused", "ready"]


def test_adding_a_file_costs_the_same_however_many_are_there(tmp_path, alice_reader):
    some = make_bulk(alice_reader)

    def queries_of(number):
        (tmp_path / f"{number}.txt").write_text(f"Words {number}.")
        with CaptureQueriesContext(connection) as captured:
            some._take(Found(tmp_path / f"{number}.txt", f"{number}.txt"))
        return len(captured)

    first, *rest = [queries_of(number) for number in range(8)]
    assert set(rest) == {first}
