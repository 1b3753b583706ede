"""Versions, notes, attachments and originals in the source view: of the version that is shown, and only what the reader may see."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse

from apps.documents.ingest.types import Block, BlockKind, Page
from apps.documents.models import Document, DocumentVersion, Passage
from tests.documents.made import add_version_of_pages, make_of_pages

pytestmark = pytest.mark.django_db


def page(text):
    return Page(None, (Block(BlockKind.PARAGRAPH, text),))


@pytest.fixture
def open_as(acme, client_for):
    def get(user, document, name="document", **query):
        return client_for(user).get(reverse(f"documents:{name}", args=[acme.slug, document.id]), query)

    return get


@pytest.fixture
def stored():
    """A document in three versions, each with a file of its own, and one more that nobody published yet."""

    def store(reader, **facts):
        document = make_of_pages(reader, page("First words."), title="Plan", **facts)
        for text in ("Second words.", "Third words."):
            add_version_of_pages(document, page(text))
        add_version_of_pages(document, page("Words of tomorrow."), is_published=False)
        for version in document.versions.all():
            place = default_storage.save(f"{version.pk}", ContentFile(f"file {version.number}".encode()))
            DocumentVersion.objects.filter(pk=version.pk).update(original=place, source_name=f"plan {version.number}.txt", note=f"Note {version.number}.")
        document.refresh_from_db()
        return document

    return store


def version_of(document, number):
    return document.versions.get(number=number)


def passage_of(document, number):
    return Passage.objects.get(version=version_of(document, number))


def body(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_a_superseded_version_says_that_it_is_one(alice, alice_reader, stored, open_as):
    document = stored(alice_reader)
    html = open_as(alice, document, passage=passage_of(document, 2).id).content.decode()
    assert "This is version 2 of 3, superseded." in html
    assert "Second words." in html
    assert f'<a href="{reverse("documents:document", args=[alice_reader.workspace.slug, document.id])}">Read the current one</a>' in html


def test_the_current_version_says_nothing_of_the_sort(alice, alice_reader, stored, open_as):
    html = open_as(alice, stored(alice_reader)).content.decode()
    assert "superseded" not in html
    assert "Third words." in html


def test_the_notes_are_those_of_the_version_shown(alice, alice_reader, stored, open_as):
    document = stored(alice_reader)
    Document.objects.filter(pk=document.pk).update(error_detail="The changed file could not be read.")
    now = open_as(alice, document).context["document"]
    old = open_as(alice, document, version=version_of(document, 1).pk).context["document"]
    assert now["notes"] == ["The changed file could not be read.", "Note 3."]
    assert (old["notes"], old["title"]) == (["Note 1."], "Plan 1")


def test_a_version_that_is_not_published_is_not_there(alice, alice_reader, stored, open_as):
    document = stored(alice_reader)
    coming = version_of(document, 4)
    assert open_as(alice, document, version=coming.pk).status_code == 404
    assert open_as(alice, document, passage=passage_of(document, 4).id).status_code == 404
    assert open_as(alice, document, "original", version=coming.pk).status_code == 404


def test_the_original_is_that_of_the_version_shown(alice, alice_reader, stored, open_as):
    document = stored(alice_reader)
    old = version_of(document, 1)
    url = open_as(alice, document, version=old.pk).context["document"]["original_url"]
    assert url.endswith(f"/original/?version={old.pk}")
    response = open_as(alice, document, "original", version=old.pk)
    assert body(response) == b"file 1"
    assert response.headers["Content-Disposition"] == 'attachment; filename="plan 1.txt"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert body(open_as(alice, document, "original")) == b"file 3"


def test_a_version_whose_file_was_not_kept_offers_none(alice, alice_reader, stored, open_as):
    document = stored(alice_reader)
    document.versions.filter(number=1).update(original="")
    old = version_of(document, 1)
    assert open_as(alice, document, version=old.pk).context["document"]["original_url"] == ""
    response = open_as(alice, document, "original", version=old.pk)
    assert (response.status_code, b"no longer kept" in body(response)) == (404, True)


def test_a_document_that_was_never_read_has_its_file_all_the_same(alice, alice_reader, upload, open_as):
    document = upload(alice_reader, "Some words.")
    assert body(open_as(alice, document, "original")) == b"Some words."


def test_a_stranger_gets_no_version_and_no_file_of_it(alice, bob, alice_reader, stored, open_as):
    document = stored(alice_reader, access="restricted")
    other = stored(alice_reader)
    old = version_of(document, 1)
    for name in ("document", "original"):
        assert open_as(bob, document, name, version=old.pk).status_code == 404
        # Nor by way of a document that they do see.
        assert open_as(bob, other, name, version=old.pk).status_code == 404
    assert open_as(bob, other, passage=passage_of(document, 1).id).status_code == 404
    assert open_as(alice, document, "original", version=old.pk).status_code == 200


@pytest.fixture
def mail(alice_reader):
    """A message with two attachments, one of them for Alice alone."""
    message = make_of_pages(alice_reader, page("See the files."), title="The message", kind="eml")
    make_of_pages(alice_reader, page("For all."), title="Open file", parent=message)
    make_of_pages(alice_reader, page("For me."), title="Hidden file", parent=message, access="restricted")
    return message


def test_a_message_lists_the_attachments_that_the_reader_sees(alice, bob, mail, open_as):
    seen = [[one["title"] for one in open_as(user, mail).context["document"]["attachments"]] for user in (alice, bob)]
    assert seen == [["Open file", "Hidden file"], ["Open file"]]
    assert "Hidden file" not in open_as(bob, mail).content.decode()


def test_an_attachment_leads_to_its_message(bob, mail, open_as):
    attached = mail.attachments.get(title="Open file")
    html = open_as(bob, attached).content.decode()
    assert "Attached to" in html
    assert "The message" in html


def test_an_attachment_does_not_tell_of_a_message_that_is_hidden(bob, mail, open_as):
    Document.objects.filter(pk=mail.pk).update(access="restricted")
    html = open_as(bob, mail.attachments.get(title="Open file")).content.decode()
    assert "Attached to" not in html
    assert "The message" not in html


def test_of_very_many_attachments_the_first_are_listed(alice, alice_reader, mail, open_as, monkeypatch):
    monkeypatch.setattr("apps.documents.source_facts.ATTACHMENTS_SHOWN", 1)
    html = open_as(alice, mail).content.decode()
    assert "and 1 more, in the library" in html


def test_a_file_that_is_gone_from_the_storage_is_said_to_be(alice, alice_reader, stored, open_as):
    document = stored(alice_reader)
    default_storage.delete(version_of(document, 3).original.name)
    response = open_as(alice, document, "original")
    assert (response.status_code, b"The stored file is missing." in body(response)) == (404, True)
