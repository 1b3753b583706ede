"""A key at the door of the API: the one way to send it, and the one answer to every wrong one."""

import hmac
import logging
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.keys import checksum
from apps.accounts.models import ApiKey, Membership, User
from apps.accounts.selectors import keys as selector
from apps.accounts.services.keys import make_key, revoke_key

pytestmark = pytest.mark.django_db
URL = "/api/v1/documents"
SCOPES = ["chat.ask", "document.view"]


@pytest.fixture
def bobs(bob_reader):
    return make_key(bob_reader, name="Bot", scopes=SCOPES)


@pytest.fixture
def text(bobs):
    return bobs[1]


def get(client, authorization, **headers):
    return client.get(URL, headers={"Authorization": authorization, **headers})


def told(response):
    """All that a refusal says, but for what no two have in common."""
    headers = {name: value for name, value in response.headers.items() if name not in {"X-Request-Id", "Content-Length"}}
    return response.status_code, response.json() | {"request_id": ""}, headers


def test_a_key_lets_its_owner_in(client, text):
    response = get(client, f"Bearer {text}")
    assert (response.status_code, response["Cache-Control"]) == (200, "private, no-store")
    assert get(client, f"bearer {text}").status_code == 200
    assert ApiKey.objects.get().last_used_at is not None


@pytest.fixture
def refusal(client):
    """What is said to who sends noise."""
    return told(get(client, "Bearer noise"))


def test_noise_is_401_and_says_how_to_do_it(refusal):
    status, problem, headers = refusal
    assert (status, problem["code"], headers["WWW-Authenticate"]) == (401, "not_signed_in", "Bearer")
    assert headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text,
        lambda text: f"Basic {text}",
        lambda text: f"Token {text}",
        lambda text: f"Bearer  {text}",
        lambda text: f"Bearer {text} ",
        lambda text: f"Bearer {text},Bearer {text}",
        lambda text: f"Bearer {text}, Bearer {text}",
        lambda text: f"Bearer {text} {text}",
        lambda text: f"Bearer {text[:-1]}",
        lambda text: f"Bearer {text.swapcase()}",
        lambda text: "Bearer " + "q" * 5000,
        lambda text: f"Bearer {text}é",
        lambda text: "Bearer ",
        lambda text: "Bearer",
        lambda text: "",
    ],
)
def test_an_odd_header_is_refused_like_noise(client, text, spoil, refusal):
    assert told(get(client, spoil(text))) == refusal


def resealed(body):
    return body + checksum(body)


def test_the_right_id_with_another_secret_is_refused_like_noise(client, text, refusal):
    body = text[:-6]
    for forged in (body[:-1] + ("a" if body[-1] != "a" else "b"), body[:-32] + "A" * 32, body[:-16] + "A" * 16):
        assert told(get(client, f"Bearer {resealed(forged)}")) == refusal


def test_an_unknown_id_costs_the_same_comparison(client, text, refusal, monkeypatch):
    compared, really_compare = [], hmac.compare_digest

    def compare(one, other):
        compared.append((len(one), len(other)))
        return really_compare(one, other)

    monkeypatch.setattr(selector.hmac, "compare_digest", compare)
    kind, environment, public_id, _ = text.split("_")
    unknown = resealed(f"{kind}_{environment}_{public_id[::-1]}_{'A' * 32}")
    assert told(get(client, f"Bearer {unknown}")) == refusal
    assert compared == [(64, 64)]


def test_a_key_of_another_environment_is_refused_like_noise(client, text, refusal, settings):
    settings.QUIRE_KEY_ENVIRONMENT = "test"
    assert told(get(client, f"Bearer {text}")) == refusal


@pytest.mark.parametrize(
    "end",
    [
        lambda key: ApiKey.objects.filter(pk=key.pk).update(revoked_at=timezone.now()),
        lambda key: ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now() - timedelta(seconds=1)),
        lambda key: User.objects.filter(pk=key.owner_id).update(is_active=False),
        lambda key: Membership.objects.filter(user=key.owner_id).delete(),
    ],
    ids=["revoked", "expired", "owner switched off", "owner left"],
)
def test_a_key_that_has_ended_is_refused_like_noise(client, bobs, end, refusal):
    key, text = bobs
    end(key)
    assert told(get(client, f"Bearer {text}")) == refusal


def test_a_membership_elsewhere_keeps_no_key_alive(client, bobs, bob, other, refusal):
    Membership.objects.filter(user=bob).delete()
    Membership.objects.create(user=bob, workspace=other, role="member")
    assert told(get(client, f"Bearer {bobs[1]}")) == refusal


def test_a_key_in_another_place_is_no_key(client, text):
    assert client.get(URL, {"api_key": text, "key": text, "access_token": text}).status_code == 401
    assert client.get(URL, headers={"X-Api-Key": text}).status_code == 401
    client.cookies["sessionid"] = text
    assert client.get(URL).status_code == 401


def test_who_sends_nothing_is_told_of_both_ways(client, db):
    response = client.get(URL)
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Session")
    assert "Bearer" in response.json()["detail"]


def test_a_key_opens_its_own_workspace_only(client, text, bob, acme, other):
    Membership.objects.create(user=bob, workspace=other, role="owner")
    assert get(client, f"Bearer {text}").status_code == 200
    assert get(client, f"Bearer {text}", **{"X-Quire-Workspace": acme.slug}).status_code == 200
    assert get(client, f"Bearer {text}", **{"X-Quire-Workspace": other.slug}).status_code == 404
    assert get(client, f"Bearer {text}", **{"X-Quire-Workspace": "nowhere"}).status_code == 404


def test_a_key_may_what_its_scopes_say_and_its_owner_still_may(client, bob, bob_reader):
    _, reading = make_key(bob_reader, name="Reads", scopes=["document.view"])
    response = client.post(URL, headers={"Authorization": f"Bearer {reading}"})
    assert (response.status_code, response.json()["right"]) == (403, "document.add")
    _, adding = make_key(bob_reader, name="Adds", scopes=["document.add", "document.view"])
    Membership.objects.filter(user=bob).update(role="viewer")
    assert client.post(URL, headers={"Authorization": f"Bearer {adding}"}).status_code == 403


def test_with_both_a_key_and_a_session_the_key_alone_counts(client_for, alice, text, alice_reader):
    """Alice owns the workspace; the key in her browser's request is bob's."""
    client = client_for(alice)
    assert client.post(URL, headers={"Authorization": f"Bearer {text}"}).json()["right"] == "document.add"
    response = get(client, "Bearer noise")
    assert response.status_code == 401
    assert getattr(response.wsgi_request, "user", None) is None


def test_a_key_needs_no_csrf_token(text, bob_reader):
    client = Client(enforce_csrf_checks=True)
    _, adding = make_key(bob_reader, name="Adds", scopes=["document.add", "document.view"])
    assert client.post(URL, headers={"Authorization": f"Bearer {adding}"}).status_code == 422


def test_pages_know_no_keys(client, text, acme):
    response = client.get(f"/w/{acme.slug}/library/", headers={"Authorization": f"Bearer {text}"})
    assert response.status_code == 302


def test_no_key_is_logged_or_told(client, bobs, bob_reader, caplog):
    key, text = bobs
    with caplog.at_level(logging.DEBUG):
        answers = [get(client, f"Bearer {text}"), get(client, f"Bearer {text}x"), get(client, text)]
        revoke_key(bob_reader, key)
        answers.append(get(client, f"Bearer {text}"))
    secret = text.rpartition("_")[2]
    assert all(secret not in str(record.__dict__) for record in caplog.records)
    assert all(secret not in answer.content.decode() + str(answer.headers) for answer in answers)
