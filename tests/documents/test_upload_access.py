"""Where a file is added and who sees it then; and that the answer tells nothing of what is hidden."""

from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.common.errors import NotAllowed, NotFound
from apps.documents.models import Access, Collection, Document
from apps.documents.rows import make_row
from apps.documents.services import delete_document, receive_file, retry_document

pytestmark = pytest.mark.django_db


def receive(reader, data=b"Some words.", name="notes.txt", **options):
    return receive_file(reader, file=SimpleUploadedFile(name, data), name=name, **options)


@pytest.fixture(autouse=True)
def _quiet(hints, rung):
    """No queue and no bell."""


def test_a_document_is_no_wider_open_than_its_collection_by_itself(alice_reader, make_shelf):
    given = {everyone: receive(alice_reader, collection=make_shelf(everyone, everyone)).document.access for everyone in ("none", "read", "write")}
    assert given == {"none": "internal", "read": "public", "write": "public"}


def test_a_collection_is_only_added_to_by_its_writers(bob_reader, make_shelf, other, stand):
    hidden, read_only, foreign = make_shelf("Hidden"), make_shelf("Read", "read"), make_shelf("Theirs", "write", other)
    before = stand()
    for collection, error in ((hidden, NotFound), (foreign, NotFound), (read_only, NotAllowed)):
        with pytest.raises(error):
            receive(bob_reader, collection=collection)
    assert stand() == before


def test_where_the_general_collection_is_closed_the_first_other_takes_it(bob_reader, make_shelf):
    make_shelf("General", "read")
    with pytest.raises(NotAllowed, match="no collection that you may add to"):
        receive(bob_reader)
    notes = make_shelf("Notes", "write")
    assert receive(bob_reader).document.collection == notes


@pytest.mark.parametrize("access", Access.values)
def test_bytes_that_are_hidden_from_the_uploader_are_taken_as_new(access, alice_reader, bob_reader, make_shelf):
    shelf = make_shelf("Notes", "write")
    hidden = receive(alice_reader, collection=shelf, access=Access.RESTRICTED)
    Document.objects.filter(pk=hidden.document.pk).update(access=Access.RESTRICTED)
    answer = receive(bob_reader, collection=shelf, access=access)
    assert answer.is_new
    assert answer.document.pk != hidden.document.pk


def test_internal_bytes_are_pointed_to_only_by_readers_of_the_collection(alice_reader, join, make_shelf):
    shelf = make_shelf("Closed")
    first = receive(alice_reader, collection=shelf)
    # May add everywhere, but reads nothing here.
    admin = join("ada", "admin")
    second = receive(admin, collection=shelf)
    assert (second.is_new, second.document != first.document) == (True, True)
    assert not receive(admin, collection=shelf).is_new


def test_a_hidden_copy_costs_the_uploader_the_same_queries(alice_reader, bob_reader, make_shelf):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    shelf = make_shelf("Notes", "write")
    receive(alice_reader, b"Hidden words.", collection=shelf, access=Access.RESTRICTED)
    counts = []
    for data in (b"Hidden words.", b"Fresh words."):
        with CaptureQueriesContext(connection) as asked:
            # Not the same name: it would be the next version.
            receive(bob_reader, data, f"{data[:5].decode()}.txt", collection=shelf)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_key_that_may_only_add_gets_its_answer(bob_reader):
    adding = replace(bob_reader, permissions=frozenset({"document.add"}))
    received = receive(adding)
    assert received.is_new
    assert make_row(adding, received.document).title == "notes"


def test_adding_retrying_and_deleting_leave_a_trail_without_words(alice_reader, trail):
    document = receive(alice_reader).document
    document.jobs.update(state="failed")
    Document.objects.update(state="failed")
    retry_document(alice_reader, document)
    delete_document(alice_reader, document)
    collection = str(Collection.objects.get().pk)
    assert trail("document.added", "document.retried", "document.deleted") == [
        ("document.added", {"collection": collection, "access": "public"}),
        ("document.retried", {}),
        ("document.deleted", {}),
    ]


def test_what_was_hidden_meanwhile_is_neither_retried_nor_deleted(alice_reader, join, stand):
    document = receive(alice_reader).document
    editor = join("edda", "editor")
    Document.objects.update(access=Access.RESTRICTED, state="failed")
    before = stand()
    for act in (retry_document, delete_document):
        with pytest.raises(NotFound):
            act(editor, document)
    assert stand() == before


# --- by the API


def post(client, data=b"Some words.", **fields):
    headers = fields.pop("headers", {})
    return client.post("/api/v1/documents", {"file": SimpleUploadedFile("notes.txt", data), **fields}, headers=headers)


def test_a_hidden_copy_gives_the_answer_of_a_new_file(alice, bob, acme, client_for):
    hidden = post(client_for(alice), access="restricted")
    answer, fresh = post(client_for(bob)), post(client_for(bob), b"Other words.")
    assert (hidden.status_code, answer.status_code, fresh.status_code) == (202, 202, 202)
    assert answer.json().keys() == fresh.json().keys()
    assert answer.json()["id"] != hidden.json()["id"]


def test_the_api_adds_to_a_collection_that_one_may_add_to(alice, bob, make_shelf, client_for):
    closed, read_only, notes = make_shelf("Closed"), make_shelf("Read", "read"), make_shelf("Notes", "write")
    body = post(client_for(alice), collection=closed.pk).json()
    assert (body["collection"], body["access"]) == (str(closed.pk), "internal")
    body = post(client_for(bob), collection=notes.pk, access="restricted").json()
    assert (body["collection"], body["access"]) == (str(notes.pk), "restricted")
    count = Document.objects.count()
    answers = [post(client_for(bob), collection=one) for one in (closed.pk, "00000000-0000-4000-8000-000000000000", read_only.pk, "nonsense")]
    assert [one.status_code for one in answers] == [404, 404, 403, 422]
    assert Document.objects.count() == count


def test_the_api_names_no_collection_that_one_does_not_see(alice_reader, bob, make_shelf, client_for):
    received = receive(alice_reader, collection=make_shelf("Closed"), access=Access.PUBLIC)
    assert client_for(bob).get(f"/api/v1/documents/{received.document.pk}").json()["collection"] is None


def test_a_key_for_adding_alone_is_answered(bob_reader, client_for):
    from apps.accounts.services.keys import make_key

    _key, secret = make_key(bob_reader, name="Scanner", scopes=["document.add"])
    answer = post(client_for(), headers={"Authorization": f"Bearer {secret}"})
    assert (answer.status_code, answer.json()["state"]) == (202, "processing")
    assert client_for().get(f"/api/v1/documents/{answer.json()['id']}", headers={"Authorization": f"Bearer {secret}"}).status_code == 403
