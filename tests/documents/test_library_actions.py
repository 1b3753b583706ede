"""Trying again, cancelling and deleting: one document by its button, or several that were selected."""

import uuid

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from apps.documents.models import Document
from apps.documents.services import cancel_document

pytestmark = pytest.mark.django_db
FRAGMENT = {"HTTP_X_QUIRE_FRAGMENT": "1"}


@pytest.fixture
def url(acme):
    return lambda name="selected", *rest: reverse(f"documents:{name}", args=[acme.slug, *rest])


@pytest.fixture
def do(alice, client_for, url):
    """Do something with documents as somebody; returns the answer and what was said."""

    def send(action, *documents, by=alice, query="", **fields):
        form = {"action": action, "document": [getattr(one, "pk", one) for one in documents], **fields}
        response = client_for(by).post(url() + query, form)
        return response, " ".join(str(message) for message in get_messages(response.wsgi_request))

    return send


@pytest.fixture
def cancelled(alice_reader, upload):
    def make(name):
        document = upload(alice_reader, f"Words of {name}.", name)
        cancel_document(alice_reader, document)
        return document

    return make


def test_one_that_is_being_read_is_cancelled_and_says_what_to_do(alice_reader, alice, upload, client_for, url):
    document = upload(alice_reader)
    client = client_for(alice)
    response = client.post(url("cancel", document.pk) + "?state=reading")
    assert (response.status_code, response.url) == (302, url("library") + "?state=reading")
    page = client.get(url("library")).content.decode()
    assert "notes: not read any further." in page
    assert "Cancelled" in page
    assert "Reading was cancelled. Try again when you want it read." in page


def test_only_what_is_being_read_can_be_cancelled(alice_reader, alice, make_document, client_for, url):
    document = make_document(alice_reader)
    assert client_for(alice).post(url("cancel", document.pk), **FRAGMENT).status_code == 409


def test_a_teammate_cancels_nothing_of_anothers(alice_reader, bob, upload, client_for, url):
    document = upload(alice_reader)
    assert client_for(bob).post(url("cancel", document.pk)).status_code == 403
    assert document.jobs.get().state == "queued"


def test_several_are_read_again_and_the_others_are_told_with_the_reason(do, cancelled, make_document, alice_reader):
    first, second, ready = cancelled("first.txt"), cancelled("second.txt"), make_document(alice_reader, "Ready words.", "ready.txt")
    response, words = do("retry", first, second, ready, query="?state=attention")
    assert response.url.endswith("/library/?state=attention")
    assert words == "2 are being read again. 1 could not: “ready”. Only a document that failed can be tried again."
    assert set(Document.objects.filter(state="processing").values_list("title", flat=True)) == {"first", "second"}


def test_many_that_could_not_are_told_by_number(do, make_document, alice_reader):
    documents = [make_document(alice_reader, f"Words {number}.", f"{number}.txt") for number in range(5)]
    _response, words = do("cancel", *documents)
    assert words.startswith("5 could not: ")
    assert " and 2 more. This document is not being read." in words


def test_several_are_cancelled(do, upload, alice_reader):
    documents = [upload(alice_reader, f"Words {number}.", f"{number}.txt") for number in range(3)]
    assert do("cancel", *documents)[1] == "3 are not read any further."
    assert set(Document.objects.values_list("error_code", flat=True)) == {"cancelled"}


def test_deleting_several_asks_first_and_names_them(do, upload, alice_reader):
    documents = [upload(alice_reader, f"Words {number}.", f"{number}.txt") for number in range(2)]
    response, _words = do("delete", *documents)
    page = response.content.decode()
    assert "Delete 2 documents?" in page
    assert [f'name="document" value="{one.pk}"' in page for one in documents] == [True, True]
    assert Document.objects.count() == 2
    assert do("delete", *documents, confirmed="yes")[1] == "2 are deleted."
    assert not Document.objects.exists()


def test_one_is_asked_about_by_its_title(do, upload, alice_reader):
    assert "Delete “notes”?" in do("delete", upload(alice_reader))[0].content.decode()


def test_what_is_gone_meanwhile_is_told(do, cancelled):
    assert do("retry", cancelled("first.txt"), uuid.uuid4())[1] == "1 is being read again. 1 is not there any more."


def test_without_a_document_nothing_is_done(do, acme):
    response, words = do("delete")
    assert (response.status_code, words) == (302, "Select documents first.")


@pytest.mark.parametrize(("action", "status"), [("burn", 422), ("retry", 400)])
def test_what_is_not_understood_is_refused(do, acme, action, status):
    assert do(action, "nonsense")[0].status_code == status


def test_hidden_and_absent_documents_are_404(do, upload, alice_reader, bob):
    hidden = upload(alice_reader, access="restricted")
    assert [do("delete", one, by=bob, confirmed="yes")[0].status_code for one in (hidden, uuid.uuid4())] == [404, 404]
    assert Document.objects.exists()


def test_what_is_anothers_to_manage_is_403_and_the_rest_is_done(do, upload, alice_reader, bob_reader, bob):
    theirs, own = upload(alice_reader, "Hers."), upload(bob_reader, "His.", "his.txt")
    assert do("delete", theirs, by=bob, confirmed="yes")[0].status_code == 403
    _response, words = do("delete", theirs, own, by=bob, confirmed="yes")
    assert words.startswith("1 is deleted. 1 could not: “notes”. This needs the right document.manage.")
    assert list(Document.objects.all()) == [theirs]
