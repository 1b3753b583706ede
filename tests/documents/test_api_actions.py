"""The list's filters, what the API tells of a document under way, and what can be done with one."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.services.keys import make_key
from apps.documents.models import Document, IngestJob
from apps.documents.services import cancel_document

pytestmark = pytest.mark.django_db
LIST = "/api/v1/documents"


@pytest.fixture
def hers(client_for, alice, acme):
    return client_for(alice)


def titles(response):
    return {one["title"] for one in response.json()["results"]}


def test_the_list_is_narrowed(hers, alice, make_shelf, add_document):
    shelf, other = make_shelf("Shelf", "read"), make_shelf("Other", "read")
    add_document(shelf, alice, "lease", kind="pdf")
    add_document(shelf, alice, "letter", state="failed", kind="docx")
    add_document(other, alice, "lease of the other", state="processing", kind="pdf")
    assert titles(hers.get(LIST, {"state": "ready"})) == {"lease"}
    assert titles(hers.get(LIST, {"state": "failed"})) == {"letter"}
    assert titles(hers.get(LIST, {"kind": "pdf"})) == {"lease", "lease of the other"}
    assert titles(hers.get(LIST, {"q": "LEASE", "collection": shelf.pk})) == {"lease"}


@pytest.mark.parametrize(("query", "status"), [({"state": "reading"}, 400), ({"kind": "zip"}, 400), ({"collection": "nonsense"}, 404)])
def test_a_filter_that_cannot_be_is_refused(hers, query, status):
    assert hers.get(LIST, query).status_code == status


def test_progress_is_told_in_numbers(hers, alice_reader, upload):
    document = upload(alice_reader)
    document.jobs.update(state="running", step="parse", percent=30, pages_done=3, pages_total=9)
    body = hers.get(f"{LIST}/{document.pk}").json()
    assert body["progress"] == {
        "stage": "parse",
        "percent": 30,
        "pages_done": 3,
        "pages_total": 9,
        "passages_done": 0,
        "passages_total": 0,
        "seconds_left": None,
    }
    assert (body["version"], body["parent"]) == (None, None)


def test_a_ready_document_tells_its_version_and_what_became_of_the_next(hers, alice_reader, make_document):
    document = make_document(alice_reader)
    body = hers.get(f"{LIST}/{document.pk}").json()
    assert (body["state"], body["version"], body["progress"], body["error"]) == ("ready", 1, None, None)
    IngestJob.objects.create(document=document, state="failed", hinted_at=document.created_at, error_code="encrypted", error_detail="Protected.")
    body = hers.get(f"{LIST}/{document.pk}").json()
    assert (body["state"], body["error"]) == ("ready", {"code": "encrypted", "detail": "Protected."})


def test_an_attachment_names_what_it_is_attached_to_where_that_is_seen(hers, client_for, bob, alice, make_shelf, add_document):
    shelf = make_shelf("Open", "read")
    mail = add_document(shelf, alice, "mail", access="restricted")
    attached = add_document(shelf, alice, "plan", access="public", parent=mail)
    assert hers.get(f"{LIST}/{attached.pk}").json()["parent"] == str(mail.pk)
    assert client_for(bob).get(f"{LIST}/{attached.pk}").json()["parent"] is None


def test_a_document_is_cancelled_once(hers, alice_reader, upload):
    document = upload(alice_reader)
    answers = [hers.post(f"{LIST}/{document.pk}/cancel", content_type="application/json", headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert (answers[0].json()["state"], answers[0].json()["error"]["code"]) == ("failed", "cancelled")
    assert hers.post(f"{LIST}/{document.pk}/cancel").status_code == 409


def test_a_cancelled_document_is_read_again_once(hers, alice_reader, upload):
    document = upload(alice_reader)
    cancel_document(alice_reader, document)
    answers = [hers.post(f"{LIST}/{document.pk}/retry", content_type="application/json", headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert [one.status_code for one in answers] == [202, 202]
    assert [one.json()["state"] for one in answers] == ["processing", "processing"]
    assert document.jobs.count() == 2
    assert hers.post(f"{LIST}/{document.pk}/retry").status_code == 409


def test_a_document_is_deleted(hers, alice_reader, upload):
    document = upload(alice_reader)
    assert hers.delete(f"{LIST}/{document.pk}").status_code == 204
    assert hers.delete(f"{LIST}/{document.pk}").status_code == 404


@pytest.mark.parametrize(("method", "end"), [("post", "/retry"), ("post", "/cancel"), ("delete", "")])
def test_only_who_manages_a_document_does_anything_to_it(client_for, bob, alice_reader, upload, method, end):
    shown, hidden = upload(alice_reader, "Shown."), upload(alice_reader, "Hidden.", access="restricted")
    client = client_for(bob)
    assert [getattr(client, method)(f"{LIST}/{one.pk}{end}").status_code for one in (shown, hidden)] == [403, 404]
    assert Document.objects.count() == 2


def test_a_path_makes_the_next_version(hers, alice_reader, hints, rung):
    def send(text):
        return hers.post(LIST, {"file": SimpleUploadedFile("a.txt", text), "path": "papers/a.txt"})

    first, second = send(b"First."), send(b"Second.")
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["id"] == second.json()["id"]
    assert hers.post(LIST, {"file": SimpleUploadedFile("a.txt", b"x"), "path": "x" * 1001}).status_code == 422


def test_a_key_that_may_add_but_not_read_is_told_again_what_it_added(client, alice_reader, hints, rung):
    _, text = make_key(alice_reader, name="Scanner", scopes=["document.add"])
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {text}"

    def send():
        return client.post(LIST, {"file": SimpleUploadedFile("a.txt", b"Words.")}, headers={"Idempotency-Key": "k"})

    first, second = send(), send()
    assert (first.status_code, second.status_code) == (202, 202)
    assert second["Idempotency-Replayed"] == "true"
    assert first.json() == second.json()
    Document.objects.update(owner=None)
    assert send().status_code == 404
