"""POST /api/v1/documents with an Idempotency-Key: taken once, told again with the rights of who asks."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import IdempotencyRecord, Membership
from apps.accounts.services.keys import make_key
from apps.documents.models import Document

pytestmark = pytest.mark.django_db
LIST = "/api/v1/documents"


@pytest.fixture
def post(hints, rung):
    def send(client, key="k-1", name="notes.txt", data=b"Some words.", **fields):
        headers = {} if key is None else {"Idempotency-Key": key}
        return client.post(LIST, {"file": SimpleUploadedFile(name, data), **fields}, headers=headers)

    return send


@pytest.fixture
def hers(client_for, alice, acme):
    return client_for(alice)


def test_a_repeat_tells_the_same_again(hers, post):
    first, second = post(hers), post(hers)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert ("Idempotency-Replayed" in first, second["Idempotency-Replayed"]) == (False, "true")
    assert Document.objects.count() == 1


def test_what_is_told_is_read_anew(hers, post):
    post(hers)
    Document.objects.update(state="ready", title="Read by now")
    assert (post(hers).json()["state"], post(hers).json()["title"]) == ("ready", "Read by now")


def test_no_answer_is_stored(hers, post):
    document = post(hers, data=b"A secret sentence.", name="secret plan.txt").json()
    record = IdempotencyRecord.objects.get()
    assert (record.reference, record.status, record.route) == (document["id"], 202, "api/v1/documents")
    assert "secret" not in str(record.__dict__)


def test_a_document_that_is_gone_since_is_404(hers, post):
    post(hers)
    Document.objects.all().delete()
    assert post(hers).status_code == 404


def test_a_document_that_is_hidden_since_is_404(bob, acme, client_for, post):
    client = client_for(bob)
    post(client)
    Document.objects.update(owner=None, access="restricted")
    assert post(client).status_code == 404


def test_a_right_that_is_gone_since_is_403(bob, acme, client_for, post):
    client = client_for(bob)
    post(client)
    Membership.objects.filter(user=bob).update(role="viewer")
    assert post(client).status_code == 403


@pytest.mark.parametrize("change", [{"name": "other.txt"}, {"data": b"Other words."}, {"access": "restricted"}, {"more": "1"}])
def test_another_form_under_the_same_key_is_422(hers, post, change):
    post(hers)
    response = post(hers, **change)
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_mismatch")
    assert Document.objects.count() == 1


def test_a_field_is_not_taken_for_a_file(hers, post):
    post(hers)
    assert hers.post(LIST, {"file": "Some words."}, headers={"Idempotency-Key": "k-1"}).json()["code"] == "idempotency_mismatch"


def test_another_address_under_the_same_key_is_422(hers, post):
    post(hers)
    response = hers.post(f"{LIST}?x=1", {"file": SimpleUploadedFile("notes.txt", b"Some words.")}, headers={"Idempotency-Key": "k-1"})
    assert response.json()["code"] == "idempotency_mismatch"


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 201, "ä", "a\tb"])
def test_a_key_is_visible_ascii_and_short(hers, post, key):
    response = post(hers, key=key)
    assert (response.status_code, response.json()["code"]) == (400, "malformed")
    assert not Document.objects.exists()


def test_the_longest_key_is_taken(hers, post):
    assert post(hers, key="~" * 200).status_code == 202


def test_an_error_frees_the_key(hers, post):
    assert post(hers, data=b"").status_code == 422
    assert not IdempotencyRecord.objects.exists()
    assert post(hers).status_code == 202


def test_a_form_that_cannot_be_read_leaves_no_record(hers):
    assert hers.post(LIST, "{}", content_type="application/json", headers={"Idempotency-Key": "k-1"}).status_code == 415
    assert not IdempotencyRecord.objects.exists()


def test_a_repeat_in_flight_is_409(hers, post, alice_reader, monkeypatch):
    from apps.documents.api import views

    answers = []
    really_receive = views.receive_file

    def receive(*args, **kwargs):
        answers.append(post(hers))
        return really_receive(*args, **kwargs)

    monkeypatch.setattr(views, "receive_file", receive)
    assert post(hers).status_code == 202
    (inner,) = answers
    assert (inner.status_code, inner.json()["code"], inner["Retry-After"]) == (409, "in_flight", "1")


def test_a_key_and_its_owners_session_are_two_callers(hers, client, alice_reader, post):
    _, text = make_key(alice_reader, name="Bot", scopes=["document.add", "document.view"])
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {text}"
    assert (post(hers).status_code, post(client).status_code) == (202, 200)
    assert "Idempotency-Replayed" not in post(client, key="k-2")
    assert post(client)["Idempotency-Replayed"] == "true"


def test_a_crash_after_the_upload_leads_to_the_same_document(hers, post, alice_reader, time_machine):
    """Whoever held the key stored the document and was not heard of again; the next finds the bytes there."""
    from datetime import timedelta

    from django.utils import timezone

    document = post(hers).json()["id"]
    IdempotencyRecord.objects.update(status=None, reference="", lease_until=timezone.now() - timedelta(seconds=1))
    response = post(hers)
    assert (response.status_code, response.json()["id"]) == (200, document)
    assert Document.objects.count() == 1


def test_reading_knows_no_idempotency(hers):
    assert hers.get(LIST, headers={"Idempotency-Key": ""}).status_code == 200
    assert not IdempotencyRecord.objects.exists()
