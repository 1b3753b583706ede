"""A document's next file: it replaces one that waits, and what answers goes on answering until it is there."""

import pytest
from django.core.files.storage import default_storage

from apps.common.errors import Conflict
from apps.documents.models import Document, DocumentVersion, IngestJob, LooseFile, Passage
from apps.documents.services import cancel_document, retry_document
from tests.documents.conftest import read_document

pytestmark = pytest.mark.django_db


def texts():
    return set(Passage.objects.filter(version__document__current_version__isnull=False).current().values_list("text", flat=True))


def test_a_newer_file_replaces_one_that_still_waits(alice_reader, upload, ingest, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        first = upload(alice_reader, "First words.", "a.txt")
        place = first.original.name
        second = upload(alice_reader, "Second words.", "a.txt")
    assert second.pk == first.pk
    assert not default_storage.exists(place)
    assert (second.versions.count(), LooseFile.objects.count()) == (1, 0)
    assert (second.sha256, second.original.name) == tuple(second.versions.values_list("sha256", "original").get())
    ingest(second)
    assert texts() == {"Second words."}


def test_what_answers_goes_on_until_the_next_version_is_whole(alice_reader, make_document, upload, models, ingest):
    document = make_document(alice_reader, "First words.", "a.txt")
    upload(alice_reader, "Second words.", "a.txt")
    assert texts() == {"First words."}
    job = document.jobs.latest("created_at")
    read_document(job.id, models=models)
    assert texts() == {"First words."}
    ingest(document)
    assert texts() == {"Second words."}
    assert document.title == "a"
    assert document.versions.count() == 2


def test_a_newer_file_that_cannot_be_read_leaves_the_older_one_answering(alice_reader, make_document, upload, ingest):
    document = make_document(alice_reader, "First words.", "a.pdf")
    ingest(upload(alice_reader, b"%PDF-1.4 broken", "a.pdf"))
    document.refresh_from_db()
    assert (document.state, document.error_code, document.current_version.number) == ("ready", "", 1)
    assert document.jobs.latest("created_at").error_code == "unreadable"


def test_a_file_after_one_that_could_not_be_read_takes_its_place(alice_reader, make_document, upload, ingest):
    document = make_document(alice_reader, b"%PDF-1.4 broken", "a.pdf")
    ingest(upload(alice_reader, "Words.", "a.pdf"))
    document.refresh_from_db()
    assert (document.state, document.kind, document.versions.count()) == ("ready", "text", 1)


def test_a_cancelled_file_is_read_again_on_request(alice_reader, upload, ingest):
    document = upload(alice_reader, "Words.", "a.txt")
    cancel_document(alice_reader, document)
    document.refresh_from_db()
    assert (document.state, document.error_code) == ("failed", "cancelled")
    with pytest.raises(Conflict):
        cancel_document(alice_reader, document)
    retry_document(alice_reader, document)
    assert ingest(document).state == "ready"
    with pytest.raises(Conflict, match="Only a document that failed"):
        retry_document(alice_reader, document)


def test_a_next_version_that_is_cancelled_leaves_no_passages_and_the_older_one(alice_reader, make_document, upload, models):
    document = make_document(alice_reader, "First words.", "a.txt")
    upload(alice_reader, "Second words.", "a.txt")
    read_document(document.jobs.latest("created_at").id, models=models)
    cancel_document(alice_reader, document)
    document.refresh_from_db()
    assert (document.state, Passage.objects.count(), texts()) == ("ready", 1, {"First words."})


def test_what_is_being_read_is_not_read_twice(alice_reader, upload):
    document = upload(alice_reader)
    with pytest.raises(Conflict, match="being read"):
        retry_document(alice_reader, document)


def test_the_same_path_of_somebody_else_is_another_document(alice_reader, bob_reader, upload):
    assert upload(alice_reader, "One.", "a.txt").pk != upload(bob_reader, "Two.", "a.txt").pk
    assert Document.objects.count() == DocumentVersion.objects.count() == IngestJob.objects.count() == 2
