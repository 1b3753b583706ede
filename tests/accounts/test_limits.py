"""How often anything may be done, asked through the doors: pages, the API, uploads."""

import uuid
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient, RequestFactory
from django.urls import reverse

from apps.accounts import limits
from apps.chat.api import views as query_views
from apps.chat.models import Message, Run
from apps.common.db import run_db
from apps.common.errors import LimitExceeded
from apps.documents.models import Document

pytestmark = pytest.mark.django_db
FRAGMENT = {"X-Quire-Fragment": "1"}
SCRIPT = {"Accept": "application/json"}
DOCUMENTS = "/api/v1/documents"


@pytest.fixture
def ask(acme):
    def post(client, question="Where does Quire run?", **headers):
        return client.post(reverse("chat:ask", args=[acme.slug]), {"question": question}, headers=headers)

    return post


@pytest.fixture
def upload(acme):
    def post(client, *files, **headers):
        form = {"file": [SimpleUploadedFile(name, text) for name, text in files]}
        return client.post(reverse("documents:upload", args=[acme.slug]), form, headers=headers)

    return post


def headers_of(response):
    return [response.headers.get(f"x-ratelimit-{name}") for name in ("limit", "remaining", "reset")]


# --- the API


def test_each_answer_of_the_api_says_what_is_left(client_for, alice, acme, settings):
    settings.QUIRE_LIMIT_API_PER_USER = 3
    client = client_for(alice)
    assert headers_of(client.get(DOCUMENTS)) == ["3", "2", "20"]
    assert headers_of(client.get(f"{DOCUMENTS}/{uuid.uuid4()}")) == ["3", "1", "40"]


def test_a_request_too_many_is_refused_with_the_time_to_wait(client_for, alice, acme, settings):
    settings.QUIRE_LIMIT_API_PER_USER = 2
    client = client_for(alice)
    client.get(DOCUMENTS), client.get(DOCUMENTS)
    response = client.get(DOCUMENTS)
    body = response.json()
    assert response.status_code == 429
    assert response.headers["Content-Type"] == "application/problem+json"
    assert (body["code"], body["limit"]) == ("limit_exceeded", "api_per_user")
    assert 1 <= body["retry_after"] == int(response.headers["Retry-After"]) <= 30
    assert body["detail"] == f"The limit is 2 API requests a minute for one person. Try again in {body['retry_after']} seconds."
    assert headers_of(response)[:2] == ["2", "0"]


def test_one_person_uses_up_nothing_of_anothers(client_for, alice, bob, acme, settings):
    settings.QUIRE_LIMIT_API_PER_USER = 1
    assert [client_for(who).get(DOCUMENTS).status_code for who in (alice, bob, alice, bob)] == [200, 200, 429, 429]


def test_a_workspace_has_a_limit_of_its_own_and_who_it_refuses_is_charged_nothing(client_for, alice, bob, acme, settings):
    settings.QUIRE_LIMIT_API_PER_WORKSPACE = 1
    client_for(alice).get(DOCUMENTS)
    response = client_for(bob).get(DOCUMENTS)
    assert response.json()["limit"] == "api_per_workspace"
    settings.QUIRE_LIMIT_API_PER_WORKSPACE = 0
    assert headers_of(client_for(bob).get(DOCUMENTS))[:2] == ["600", "599"]


def test_a_limit_of_0_is_none(client_for, alice, acme, settings):
    settings.QUIRE_LIMIT_API_PER_USER = settings.QUIRE_LIMIT_API_PER_WORKSPACE = 0
    response = client_for(alice).get(DOCUMENTS)
    assert (response.status_code, headers_of(response)) == (200, [None, None, None])


def test_pages_and_health_are_not_limited(client_for, alice, acme, settings):
    settings.QUIRE_LIMIT_API_PER_USER = 1
    client = client_for(alice)
    client.get(DOCUMENTS)
    for address in ("/w/acme/", "/w/acme/library/", "/health/live"):
        response = client.get(address)
        assert (response.status_code, headers_of(response)) == (200, [None, None, None])


@pytest.mark.django_db(transaction=True)
async def test_an_answer_that_is_waited_for_says_it_too(client_for, alice, acme, monkeypatch, settings):
    """It is made on the event loop, far from where the buckets were charged."""
    monkeypatch.setattr(query_views, "WAIT_SECONDS", 0.05)
    settings.QUIRE_LIMIT_ASKS_PER_USER = 5
    client = AsyncClient()
    await run_db(client.force_login, alice)
    response = await client.post("/api/v1/query", {"question": "Where does Quire run?"}, content_type="application/json")
    assert (response.status_code, headers_of(response)) == (504, ["5", "4", "12"])


@pytest.mark.django_db(transaction=True)
async def test_what_other_workspaces_ask_is_not_to_be_watched(charlie_reader, alice, acme, monkeypatch, settings):
    monkeypatch.setattr(query_views, "WAIT_SECONDS", 0.05)
    settings.QUIRE_LIMIT_ASKS = 10
    for _ in range(8):
        await run_db(limits.limit_asking, charlie_reader)
    client = AsyncClient()
    await run_db(client.force_login, alice)
    answers = [await client.post("/api/v1/query", {"question": "Where does Quire run?"}, content_type="application/json") for _ in range(3)]
    assert [(one.status_code, headers_of(one)[0]) for one in answers] == [(504, "100"), (504, "100"), (429, "10")]


# --- asking


def test_a_question_too_many_is_refused_in_words_and_not_kept(client_for, alice, acme, ask, settings):
    settings.QUIRE_LIMIT_ASKS_PER_USER = 1
    client = client_for(alice)
    assert ask(client).status_code == 302
    page, fragment = ask(client), ask(client, **FRAGMENT)
    for response in (page, fragment):
        assert response.status_code == 429
        assert 1 <= int(response.headers["Retry-After"]) <= 60
        assert "The limit is 1 questions a minute for one person. Try again in" in response.content.decode()
    assert ("<html" in page.content.decode(), "<html" in fragment.content.decode()) == (True, False)
    assert Message.objects.filter(role="user").count() == 1


def test_asking_again_counts_as_asking(client_for, alice, acme, ask, settings):
    settings.QUIRE_LIMIT_ASKS_PER_USER = 1
    client = client_for(alice)
    ask(client)
    run = Run.objects.get()
    assert client.post(reverse("chat:run-retry", args=[acme.slug, run.pk])).status_code == 429
    assert client.post(reverse("chat:run-stop", args=[acme.slug, run.pk])).status_code == 302


def test_the_api_asks_from_the_same_bucket_as_the_page(client_for, alice, acme, ask, settings):
    settings.QUIRE_LIMIT_ASKS_PER_USER = 1
    client = client_for(alice)
    ask(client)
    response = client.post("/api/v1/query", {"question": "Where does Quire run?"}, content_type="application/json")
    assert (response.status_code, response.json()["limit"]) == (429, "asks_per_user")
    assert headers_of(response)[:2] == ["1", "0"]
    assert response.headers["Retry-After"]


@pytest.mark.parametrize("setting", ["QUIRE_LIMIT_ASKS_PER_WORKSPACE", "QUIRE_LIMIT_ASKS"])
def test_a_workspace_and_the_installation_ask_so_often_together(client_for, alice, bob, acme, ask, settings, tmp_path, setting):
    # The installation's bucket is one that other tests use as well, but for that of a process without Redis.
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    setattr(settings, setting, 2)
    assert [ask(client_for(who)).status_code for who in (alice, bob, alice)] == [302, 302, 429]


def test_the_reader_of_a_key_is_counted_by_the_key_as_well(alice_reader, settings):
    settings.QUIRE_LIMIT_ASKS_PER_KEY = 1
    one, another = (replace(alice_reader, api_key_id=uuid.uuid4()) for _ in range(2))
    limits.limit_asking(one)
    limits.limit_asking(another)
    with pytest.raises(LimitExceeded, match="with one API key"):
        limits.limit_asking(one)
    limits.limit_asking(alice_reader)


# --- uploads


def test_files_over_the_limit_are_refused_one_by_one(client_for, alice, acme, upload, settings):
    settings.QUIRE_LIMIT_UPLOADS_PER_USER = 2
    client = client_for(alice)
    response = upload(client, ("a.txt", b"One."), ("b.txt", b"Two."), ("c.txt", b"Three."), **SCRIPT)
    refused = response.json()["results"][-1]
    assert (response.status_code, Document.objects.count()) == (200, 2)
    assert (refused["name"], refused["title"]) == ("c.txt", "That was too much in too short a time")
    assert "The limit is 2 files a minute for one person. Try again in" in refused["detail"]
    again = upload(client, ("d.txt", b"Four."), **SCRIPT)
    assert (again.status_code, 1 <= int(again.headers["Retry-After"]) <= 30) == (429, True)
    page = upload(client, ("d.txt", b"Four."))
    assert (page.status_code, "Retry-After" in page.headers) == (429, True)


def test_bytes_are_counted_by_the_hour(client_for, alice, acme, upload, settings):
    settings.QUIRE_LIMIT_UPLOAD_MB_PER_USER = 1
    client = client_for(alice)
    assert upload(client, ("a.txt", b"words " * 150_000)).status_code == 302
    response = upload(client, ("b.txt", b"more " * 150_000))
    assert response.status_code == 429
    assert "The limit is 1 MB of files an hour for one person. Try again in" in response.content.decode()


def test_a_file_that_is_larger_than_the_whole_hour_is_told_so(alice_reader, settings):
    settings.QUIRE_LIMIT_UPLOAD_MB_PER_USER = 1
    with pytest.raises(LimitExceeded, match="This alone is more than that") as refusal:
        limits.limit_uploads(alice_reader, 1, 2 * 1024 * 1024)
    assert refusal.value.extra["retry_after"] is None


def test_a_file_that_no_limit_would_take_does_not_use_the_hour_up(alice_reader, settings):
    settings.QUIRE_UPLOAD_MAX_BYTES = 1024
    settings.QUIRE_LIMIT_UPLOAD_MB_PER_USER = 1
    limits.limit_uploads(alice_reader, 1, 10**12)
    limits.limit_uploads(alice_reader, 1, 1024)


def test_the_api_counts_files_too(client_for, alice, acme, settings):
    settings.QUIRE_LIMIT_UPLOADS_PER_USER = 1
    client = client_for(alice)
    answers = [client.post(DOCUMENTS, {"file": SimpleUploadedFile("a.txt", b"One.")}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 429]
    assert answers[1].json()["limit"] == "uploads_per_user"


# --- the words and the table


@pytest.mark.parametrize(("seconds", "words"), [(0.2, "1 second"), (1.2, "2 seconds"), (90, "90 seconds"), (91, "2 minutes"), (240, "4 minutes")])
def test_the_time_to_wait_is_said_as_people_say_it(seconds, words):
    assert limits.UPLOADS.words(seconds).endswith(f"Try again in {words}.")


def test_a_setting_beyond_counting_is_as_much_as_can_be_counted(settings):
    settings.QUIRE_LIMIT_ASKS = 10**17
    assert limits.ASKS[-1].bucket("all").capacity == 9_000_000_000


def test_without_redis_asking_is_still_limited(client_for, alice, acme, ask, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    settings.QUIRE_LIMIT_ASKS_PER_USER = 2
    client = client_for(alice)
    assert [ask(client).status_code for _ in range(3)] == [302, 302, 429]


# --- who calls


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [(0, "198.51.100.7", "127.0.0.1"), (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"), (1, None, "127.0.0.1"), (1, "nonsense", "unknown")],
)
def test_only_a_trusted_proxy_says_who_called(settings, proxies, forwarded, address):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert limits.client_address(RequestFactory().get("/", headers=headers)) == address


def test_over_a_unix_socket_nobody_has_an_address():
    assert limits.client_address(RequestFactory().get("/", REMOTE_ADDR="")) == "unknown"


def test_wrong_keys_are_counted_by_address(settings):
    settings.QUIRE_LIMIT_WRONG_KEYS_PER_ADDRESS = 1
    mark = uuid.uuid4().hex[:4]
    here, same_network, there = (RequestFactory().get("/", REMOTE_ADDR=f"2001:db8:{mark}:{tail}") for tail in ("1::1", "1::2", "2::1"))
    limits.limit_wrong_keys(here)
    limits.limit_wrong_keys(there)
    with pytest.raises(LimitExceeded, match="wrong API keys a minute from one network address"):
        limits.limit_wrong_keys(same_network)


def test_who_tries_keys_is_told_to_wait(client, alice, acme, settings):
    settings.QUIRE_LIMIT_WRONG_KEYS_PER_ADDRESS = 2
    answers = [client.get(DOCUMENTS, headers={"Authorization": f"Bearer qk_live_{number}"}) for number in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert [headers_of(answer)[:2] for answer in answers] == [[None, None], [None, None], ["2", "0"]]
    assert answers[2].json()["limit"] == "wrong_keys_per_address"
    client.force_login(alice)
    assert client.get(DOCUMENTS).status_code == 200
