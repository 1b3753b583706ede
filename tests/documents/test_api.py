import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.documents.files import make_pdf, make_picture_pdf

pytestmark = pytest.mark.django_db
LIST = "/api/v1/documents"


@pytest.fixture
def post(hints, rung):
    def send(client, name="notes.txt", data=b"Some words.", **fields):
        return client.post(LIST, {"file": SimpleUploadedFile(name, data), **fields})

    return send


def test_a_file_is_accepted_and_shown(alice, acme, client_for, post):
    response = post(client_for(alice), "two.pdf", make_pdf(["One", "Two"]))
    body = response.json()
    assert response.status_code == 202
    assert (body["title"], body["kind"], body["state"], body["step"], body["percent"]) == ("two", "pdf", "processing", "waiting", 0)
    assert (body["pages"], body["error"]) == (None, None)
    assert body["url"] == f"/w/{acme.slug}/library/{body['id']}/"
    assert set(body) >= {"id", "created_at", "updated_at"}


def test_the_same_bytes_again_are_200(alice, acme, client_for, post):
    first, second = post(client_for(alice)), post(client_for(alice))
    assert (second.status_code, second.json()["id"]) == (200, first.json()["id"])


def test_a_document_tells_how_it_ended(alice_reader, alice, make_document, client_for):
    ready = make_document(alice_reader, make_pdf(["One"]), "a.pdf")
    failed = make_document(alice_reader, make_picture_pdf(), "scan.pdf")
    client = client_for(alice)
    assert client.get(f"{LIST}/{ready.id}").json()["percent"] == 100
    body = client.get(f"{LIST}/{failed.id}").json()
    assert (body["state"], body["error"]["code"]) == ("failed", "no_text")
    assert body["error"]["detail"] == failed.error_detail != ""


def test_the_list_holds_what_the_reader_sees(alice_reader, bob, make_document, client_for, django_assert_max_num_queries):
    make_document(alice_reader, "Open.", "open.txt")
    make_document(alice_reader, "Hidden.", "hidden.txt", access="restricted")
    client = client_for(bob)
    with django_assert_max_num_queries(7):
        results = client.get(LIST).json()["results"]
    assert [one["title"] for one in results] == ["open"]


def test_restricted_is_for_its_owner(alice, bob, acme, client_for, post):
    document = post(client_for(alice), access="restricted").json()
    assert client_for(bob).get(f"{LIST}/{document['id']}").status_code == 404
    assert client_for(alice).get(f"{LIST}/{document['id']}").status_code == 200


def test_strangers_see_nothing_and_the_signed_out_are_told(alice_reader, charlie, other, upload, client_for):
    document = upload(alice_reader)
    assert client_for(charlie).get(LIST).json() == {"results": [], "next_cursor": None, "previous_cursor": None}
    assert client_for(charlie).get(f"{LIST}/{document.id}").status_code == 404
    assert client_for().get(LIST).status_code == 401
    assert client_for().get(f"{LIST}/{document.id}").status_code == 401
    assert client_for().post(LIST).status_code == 401


def test_absent_and_foreign_are_the_same_answer(alice_reader, charlie, other, upload, client_for):
    document = upload(alice_reader)
    client = client_for(charlie)
    bodies = [client.get(f"{LIST}/{one}").json() | {"request_id": ""} for one in (document.id, uuid.uuid4())]
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize(
    ("name", "data", "status", "reason"),
    [("a.txt", b"", 422, "empty"), ("a.pdf", b"\x89PNG\r\n", 422, "unsupported_type"), ("a.docx", b"PK\x03\x04", 422, "unreadable")],
)
def test_a_refusal_is_a_problem_with_a_reason(alice, acme, client_for, post, name, data, status, reason):
    response = post(client_for(alice), name, data)
    assert (response.status_code, response.json()["reason"]) == (status, reason)
    assert response.headers["Content-Type"] == "application/problem+json"


def test_too_large_is_413(alice, acme, client_for, post, settings):
    settings.QUIRE_UPLOAD_MAX_BYTES = 5
    response = post(client_for(alice))
    assert (response.status_code, response.json()["limit"]) == (413, 5)


@pytest.mark.parametrize("fields", [{}, {"file": "not a file"}])
def test_a_form_without_a_file_is_422(alice, acme, client_for, fields):
    assert client_for(alice).post(LIST, fields).status_code == 422


def test_an_unknown_access_is_422(alice, acme, client_for, post):
    assert post(client_for(alice), access="everybody").status_code == 422


def test_a_body_that_is_no_form_is_415(alice, acme, client_for):
    assert client_for(alice).post(LIST, "{}", content_type="application/json").status_code == 415


def test_a_viewer_may_read_but_not_add(bob, acme, client_for, post):
    acme.memberships.filter(user=bob).update(role="viewer")
    client = client_for(bob)
    assert client.get(LIST).status_code == 200
    assert (post(client).status_code, post(client).json()["right"]) == (403, "document.add")


def test_a_session_needs_the_csrf_token(alice, acme):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post(LIST, {"file": SimpleUploadedFile("a.txt", b"Words.")}).status_code == 403


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_other_methods_are_405(alice, acme, client_for, method):
    assert getattr(client_for(alice), method)(LIST).status_code == 405


def test_the_list_comes_in_pages(alice_reader, bob, make_document, client_for, django_assert_max_num_queries):
    for number in range(5):
        make_document(alice_reader, f"Words {number}.", f"{number}.txt")
    make_document(alice_reader, "Hidden.", "hidden.txt", access="restricted")
    client = client_for(bob)
    first = client.get(LIST, {"limit": 2}).json()
    with django_assert_max_num_queries(7):
        second = client.get(LIST, {"limit": 2, "cursor": first["next_cursor"]}).json()
    third = client.get(LIST, {"limit": 2, "cursor": second["next_cursor"]}).json()
    assert [one["title"] for one in first["results"] + second["results"] + third["results"]] == ["4", "3", "2", "1", "0"]
    assert third["next_cursor"] is None
    assert client.get(LIST, {"limit": 2, "cursor": second["previous_cursor"]}).json()["results"] == first["results"]


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "many"}, {"cursor": "noise"}])
def test_a_page_that_cannot_be_is_400(alice, acme, client_for, query):
    response = client_for(alice).get(LIST, query)
    assert (response.status_code, response.json()["code"]) == (400, "malformed")
