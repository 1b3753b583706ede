import uuid
from html import unescape

import pytest
from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.documents.models import Document
from apps.documents.services import retry_document
from tests.documents.files import make_pdf, make_picture_pdf

pytestmark = pytest.mark.django_db
FRAGMENT = {"HTTP_X_QUIRE_FRAGMENT": "1"}
JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def url(acme):
    return lambda name, *rest: reverse(f"documents:{name}", args=[acme.slug, *rest])


@pytest.fixture
def send(url, hints, rung):
    def post(client, *files, path="", **headers):
        uploads = [SimpleUploadedFile(name, data) for name, data in files]
        return client.post(url("upload"), {"file": uploads, "path": path}, **headers)

    return post


def test_the_library_lists_what_the_reader_sees(alice_reader, bob, make_document, client_for, url):
    make_document(alice_reader, "Open words.", "open.txt")
    make_document(alice_reader, "Hidden words.", "hidden.txt", access="restricted")
    response = client_for(bob).get(url("library"))
    assert [row.title for row in response.context["rows"]] == ["open"]
    assert response.context["summary"]["document_count"] == 1
    assert "hidden.txt" not in response.content.decode()
    assert ">hidden<" not in response.content.decode()


def test_an_empty_library_says_so(alice, client_for, url):
    assert "Nothing is gathered here yet" in client_for(alice).get(url("library")).content.decode()


@pytest.mark.parametrize("name", ["library", "rows", "upload", "selected", "document", "original", "retry", "cancel", "delete", "tags-change"])
def test_strangers_and_the_signed_out_get_nowhere(alice_reader, charlie, upload, client_for, url, name):
    document = upload(alice_reader)
    place = url(name) if name in ("library", "rows", "upload", "selected") else url(name, document.id)
    method = "post" if name in ("upload", "selected", "retry", "cancel", "delete", "tags-change") else "get"
    stranger = getattr(client_for(charlie), method)(place)
    nobody = getattr(client_for(), method)(place)
    fragment = getattr(client_for(), method)(place, **FRAGMENT)
    assert (stranger.status_code, nobody.status_code, fragment.status_code) == (404, 302, 401)
    assert "/accounts/login" in nobody.url


@pytest.mark.parametrize(("name", "method"), [("document", "get"), ("original", "get"), ("retry", "post"), ("cancel", "post"), ("delete", "post")])
def test_a_hidden_document_and_one_that_is_not_there_look_the_same(alice_reader, bob, upload, client_for, url, name, method):
    hidden = upload(alice_reader, access="restricted")
    client = client_for(bob)
    answers = [getattr(client, method)(url(name, one)) for one in (hidden.id, uuid.uuid4())]
    bodies = [one.content.decode().replace(one.headers.get("X-Request-Id", "-"), "") for one in answers]
    assert [one.status_code for one in answers] == [404, 404]
    assert bodies[0].replace(str(hidden.id), "") == bodies[1] or len(bodies[0]) == len(bodies[1])


def test_a_plain_form_takes_a_file_and_leads_back(alice, client_for, url, send):
    client = client_for(alice)
    response = send(client, ("notes.txt", b"Some words."))
    page = client.get(response.url).content.decode()
    assert (response.status_code, response.url) == (302, url("library"))
    assert "notes: added; it is being read." in page
    send(client, ("again.txt", b"Some words."))
    assert "notes: in the library already." in client.get(url("library")).content.decode()


def test_a_plain_form_shows_why_a_file_is_refused_with_its_status(alice, client_for, send):
    response = send(client_for(alice), ("empty.txt", b""), ("photo.png", b"\x89PNG\r\n"))
    page = response.content.decode()
    assert response.status_code == 422
    assert "empty.txt" in page
    assert "PNG image" in page
    assert not Document.objects.exists()


def test_a_file_over_the_limit_is_413(alice, client_for, send, settings):
    settings.QUIRE_UPLOAD_MAX_BYTES = 5
    assert send(client_for(alice), ("big.txt", b"Six or more."), **FRAGMENT).status_code == 413


def test_a_form_without_a_file_is_refused(alice, client_for, url):
    assert client_for(alice).post(url("upload"), **FRAGMENT).status_code == 422


def test_a_script_is_told_what_became_of_each_file(alice, acme, client_for, send):
    client = client_for(alice)
    send(client, ("here.txt", b"Here."), **JSON)
    response = send(client, ("a.txt", b"First."), ("b.txt", b"Here."), ("c.txt", b""), **JSON)
    results = response.json()["results"]
    assert response.status_code == 200
    assert [one["outcome"] for one in results] == ["taken", "same", "refused"]
    assert (results[0]["title"], results[0]["url"]) == ("a", f"/w/{acme.slug}/library/{results[0]['document']}/")
    assert results[1]["age_seconds"] < 60
    assert {name: results[2][name] for name in ("name", "code", "detail")} == {"name": "c.txt", "code": "empty", "detail": "This file is empty."}


def test_a_script_gets_the_status_of_a_file_that_is_refused(alice, client_for, send):
    response = send(client_for(alice), ("c.txt", b""), **JSON)
    assert (response.status_code, response.json()["results"][0]["code"]) == (422, "empty")


def test_a_script_is_told_when_to_go_on(alice, acme, client_for, send, settings):
    settings.QUIRE_LIMIT_UPLOADS_PER_USER = 1
    client = client_for(alice)
    assert send(client, ("a.txt", b"First."), **JSON).status_code == 200
    response = send(client, ("b.txt", b"Second."), **JSON)
    assert (response.status_code, response.json()["results"][0]["code"]) == (429, "limit_exceeded")
    assert int(response.headers["Retry-After"]) > 0


def test_a_plain_form_is_told_when_to_come_again(alice, acme, client_for, send, settings):
    settings.QUIRE_LIMIT_UPLOADS_PER_USER = 1
    client = client_for(alice)
    send(client, ("a.txt", b"First."))
    response = send(client, ("b.txt", b"Second."))
    assert (response.status_code, int(response.headers["Retry-After"]) > 0) == (429, True)


def test_a_changed_file_of_the_same_path_is_a_new_version(alice, client_for, url, send):
    client = client_for(alice)
    send(client, ("a.txt", b"First."), path="papers/a.txt", **JSON)
    response = send(client, ("a.txt", b"Second."), path="papers/a.txt", **JSON)
    assert response.json()["results"][0]["outcome"] == "version"
    send(client, ("a.txt", b"Third."), path="papers/a.txt")
    assert "a: a new version is being read" in client.get(url("library")).content.decode()
    assert Document.objects.get().source_path == "papers/a.txt"


def test_who_may_only_view_may_not_add(bob, acme, client_for, send):
    acme.memberships.filter(user=bob).update(role="viewer")
    assert send(client_for(bob), ("a.txt", b"Words."), **FRAGMENT).status_code == 403


def test_a_row_shows_how_far_its_document_is(alice_reader, alice, upload, client_for, url):
    document = upload(alice_reader, make_pdf(["One", "Two"]), "two.pdf")
    document.jobs.update(state="running", step="parse", percent=20, pages_done=1, pages_total=2)
    response = client_for(alice).get(url("rows"), {"ids": document.id}, **FRAGMENT)
    (row,) = response.context["rows"]
    assert (row.state_word, row.percent, row.is_busy) == ("Reading page 1 of 2", 20, True)
    assert "Reading page 1 of 2" in response.content.decode()


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"state": "queued"}, "Waiting"),
        ({"state": "queued", "error_code": "provider_unavailable"}, "Waiting to try again"),
        ({"state": "embedding", "step": "embed"}, "Indexing"),
        ({"state": "embedding", "step": "embed", "passages_done": 32, "passages_total": 80}, "Indexing 32 of 80"),
        ({"state": "running", "step": "parse", "pages_total": 1}, "Reading"),
    ],
)
def test_steps_are_said_in_words(alice_reader, alice, upload, client_for, url, fields, word):
    document = upload(alice_reader)
    document.jobs.update(**fields)
    assert client_for(alice).get(url("rows"), {"ids": document.id}).context["rows"][0].state_word == word


def test_a_document_without_a_job_has_a_row(alice_reader, alice, upload, client_for, url):
    document = upload(alice_reader)
    document.jobs.all().delete()
    Document.objects.update(owner=None)
    (row,) = client_for(alice).get(url("rows"), {"ids": document.id}).context["rows"]
    assert (row.state_word, row.percent, row.owner) == ("Waiting", 0, "")


def test_the_number_of_queries_does_not_grow_with_the_rows(alice_reader, alice, make_document, client_for, url, django_assert_max_num_queries):
    for number in range(7):
        make_document(alice_reader, f"Document number {number}.", f"{number}.txt")
    client = client_for(alice)
    with django_assert_max_num_queries(9):
        assert len(client.get(url("library")).context["rows"]) == 7


def test_a_failed_document_says_why_and_can_be_tried_again(alice_reader, alice, make_document, client_for, url, hints):
    document = make_document(alice_reader, make_picture_pdf(), "scan.pdf")
    client = client_for(alice)
    assert document.error_detail in unescape(client.get(url("library")).content.decode())
    response = client.post(url("retry", document.id))
    document.refresh_from_db()
    assert (response.status_code, document.state, document.error_code) == (302, "processing", "")
    assert hints[-1] == ("documents.ingest",)


def test_only_what_failed_can_be_tried_again(alice_reader, alice, make_document, client_for, url):
    document = make_document(alice_reader)
    assert client_for(alice).post(url("retry", document.id), **FRAGMENT).status_code == 409


def test_a_document_that_is_being_read_is_not_read_twice(alice_reader, alice, upload, client_for, url):
    document = upload(alice_reader)
    Document.objects.update(state="failed")
    assert client_for(alice).post(url("retry", document.id), **FRAGMENT).status_code == 409


def test_its_owner_deletes_a_document_with_all_that_came_of_it(bob_reader, bob, make_document, client_for, url, rung, django_capture_on_commit_callbacks):
    from apps.documents.models import DocumentVersion, IngestJob, Passage, PassageEmbedding

    document = make_document(bob_reader)
    with django_capture_on_commit_callbacks(execute=True):
        response = client_for(bob).post(url("delete", document.id))
    assert response.url == url("library")
    assert not any(model.objects.exists() for model in (Document, DocumentVersion, Passage, PassageEmbedding, IngestJob))
    assert not document.original.storage.exists(document.original.name)
    assert rung[-1][1] == {"document": str(document.id)}


def test_deleting_reads_no_text_into_the_web_process(alice_reader, alice, make_document, client_for, url):
    document = make_document(alice_reader)
    with CaptureQueriesContext(connection) as asked:
        client_for(alice).post(url("delete", document.id))
    assert not Document.objects.exists()
    assert [one["sql"] for one in asked if '"documents_passage"."text"' in one["sql"]] == []


def test_a_teammate_sees_a_document_but_may_not_delete_or_retry_it(alice_reader, bob, make_document, client_for, url):
    document = make_document(alice_reader)
    client = client_for(bob)
    assert client.get(url("library")).context["rows"][0].can_manage is False
    assert client.post(url("delete", document.id)).status_code == 403
    assert client.post(url("retry", document.id)).status_code == 403
    assert Document.objects.filter(pk=document.pk).exists()


def test_an_editor_may_delete_what_is_public(bob_reader, acme, alice, make_document, client_for, url):
    document = make_document(bob_reader)
    assert client_for(alice).post(url("delete", document.id)).status_code == 302


def test_the_original_is_handed_over_to_be_saved_and_cannot_run(alice_reader, bob, upload, client_for, url):
    document = upload(alice_reader, "<html><script>alert(1)</script></html>", "Bericht „Q1“.html")
    response = client_for(bob).get(url("original", document.id))
    assert b"".join(response.streaming_content).startswith(b"<html>")
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("sandbox")


def test_the_original_is_streamed_under_asgi(alice_reader, alice, upload, url):
    document = upload(alice_reader, "Some words.", "notes.txt")
    client = AsyncClient()
    client.force_login(alice)

    async def fetch():
        response = await client.get(url("original", document.id))
        return response.is_async, b"".join([piece async for piece in response.streaming_content])

    assert async_to_sync(fetch)() == (True, b"Some words.")


def test_a_missing_original_is_a_clear_404(alice_reader, alice, upload, client_for, url):
    document = upload(alice_reader)
    document.original.storage.delete(document.original.name)
    response = client_for(alice).get(url("original", document.id))
    assert response.status_code == 404
    assert "stored file is missing" in response.content.decode()


@pytest.mark.parametrize(("name", "method"), [("library", "post"), ("upload", "get"), ("delete", "get")])
def test_addresses_answer_only_their_own_methods(alice_reader, alice, upload, client_for, url, name, method):
    document = upload(alice_reader)
    place = url(name) if name != "delete" else url(name, document.id)
    assert getattr(client_for(alice), method)(place).status_code == 405


def test_retrying_takes_the_right(alice_reader, bob_reader, upload):
    from apps.common.errors import NotAllowed

    document = upload(alice_reader)
    with pytest.raises(NotAllowed):
        retry_document(bob_reader, document)
