"""What came with the version of a message that answers stays until the next one does: cancelled, failed or forgotten, that changes nothing."""

from contextlib import nullcontext
from dataclasses import replace

import pytest

from apps.documents.models import DocumentVersion, IngestJob, LooseFile
from apps.documents.services import attachments, cancel_document, delete_document, retry_document
from apps.documents.services.embedder import embed_waiting
from apps.documents.services.families import family_of
from apps.documents.services.ingest import read_next
from apps.gateway.errors import ContextTooLong
from tests.documents.conftest import ingest_job
from tests.documents.files import make_pdf
from tests.documents.mails import NOTE, PAGE, mail, stored

pytestmark = pytest.mark.django_db


@pytest.fixture
def offered_again(alice_reader, make_mail, upload, models):
    """A message whose next version is read, and not published: it brings a changed page, a new note, and no more the old one."""
    message = make_mail(alice_reader, NOTE, PAGE)
    before = attached_to(message)
    upload(alice_reader, mail(("page.pdf", make_pdf(["Another page."])), ("new.txt", b"New."), subject="Again"), "offer.eml")
    read_next(models=models)
    return message, before


def attached_to(message):
    return set(message.attachments.values_list("pk", "source_name", "sha256", "current_version", "state"))


def test_a_next_version_that_is_not_published_changes_no_attachment(offered_again):
    message, before = offered_again
    assert attached_to(message) == before
    assert IngestJob.objects.filter(document__parent=message, state="queued").count() == 0
    assert not LooseFile.objects.exists()


def test_a_next_version_that_is_cancelled_leaves_the_attachments_and_nothing_else(alice_reader, offered_again, ingest_all, django_capture_on_commit_callbacks):
    message, before = offered_again
    with django_capture_on_commit_callbacks(execute=True):
        cancel_document(alice_reader, message)
    assert attached_to(message) == before
    assert set(stored()) == set(DocumentVersion.objects.values_list("original", flat=True))
    assert not LooseFile.objects.exists()
    retry_document(alice_reader, message)
    ingest_all()
    assert set(message.attachments.values_list("source_name", flat=True)) == {"page.pdf", "new.txt"}


def test_a_next_version_that_fails_at_its_embedding_leaves_the_attachments(offered_again, models):
    message, before = offered_again

    def refuse(texts):
        raise ContextTooLong("This text is too long.")

    embed_waiting(make_models=lambda _: nullcontext(replace(models, embed=refuse)))
    assert message.jobs.latest("created_at").state == "failed"
    assert attached_to(message) == before


def test_a_newer_file_and_deleting_let_go_of_what_came_with_an_unread_one(alice_reader, offered_again, upload, django_capture_on_commit_callbacks):
    message, before = offered_again
    with django_capture_on_commit_callbacks(execute=True):
        upload(alice_reader, mail(("third.txt", b"Third."), subject="Thrice"), "offer.eml")
    assert attached_to(message) == before
    assert set(stored()) == set(DocumentVersion.objects.values_list("original", flat=True))
    with django_capture_on_commit_callbacks(execute=True):
        delete_document(alice_reader, message)
    assert (stored(), LooseFile.objects.count()) == ([], 0)


def test_deleting_a_message_takes_what_came_with_a_version_that_is_not_published(alice_reader, offered_again, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        delete_document(alice_reader, offered_again[0])
    assert (stored(), LooseFile.objects.count()) == ([], 0)


def test_the_attachments_are_those_of_the_version_that_answers_from_one_moment_to_the_next(offered_again, models, monkeypatch):
    message, before = offered_again
    monkeypatch.setattr("apps.documents.services.attachments.add_version", None)
    with pytest.raises(TypeError):
        embed_waiting(make_models=lambda _: nullcontext(models))
    message.refresh_from_db()
    assert (message.current_version.number, attached_to(message)) == (1, before)


def test_a_message_and_what_is_attached_to_it_may_be_published_at_once(alice_reader, make_mail, upload, models, ingest_all, django_capture_on_commit_callbacks):
    message = make_mail(alice_reader, ("inner.eml", mail(NOTE, subject="Inner")))
    with django_capture_on_commit_callbacks(execute=True):
        upload(alice_reader, mail(("inner.eml", mail(PAGE, subject="Inner 2"))), "offer.eml")
        ingest_job(message.jobs.latest("created_at").id, models)
        # The inner one is read, and before its turn to be published the message comes without it.
        read_next(models=models)
        upload(alice_reader, mail(subject="Bare"), "offer.eml")
        read_next(models=models)
        embed_waiting(make_models=lambda _: nullcontext(models))
        ingest_all()
    assert family_of(message.pk) == [message.pk]
    assert set(stored()) == set(DocumentVersion.objects.values_list("original", flat=True))
    assert not LooseFile.objects.exists()


def test_no_more_come_with_two_messages_at_once_than_there_may_be(alice_reader, upload, models, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(attachments, "_MOST", 5)
    inner = [mail(*((f"{one}{n}.txt", f"{one} {n}".encode()) for n in range(3)), subject=one) for one in "ab"]
    message = upload(alice_reader, mail(("a.eml", inner[0]), ("b.eml", inner[1])), "offer.eml")
    ingest_job(message.jobs.get().id, models)
    with django_capture_on_commit_callbacks(execute=True):
        for _child in message.attachments.all():
            read_next(models=models)
        embed_waiting(make_models=lambda _: nullcontext(models))
    assert len(family_of(message.pk)) == 6
    notes = sorted(message.attachments.values_list("note", flat=True))
    assert notes[0] == ""
    assert notes[1].startswith("3 attachments were not taken: ")
    assert set(stored()) == set(DocumentVersion.objects.values_list("original", flat=True))
