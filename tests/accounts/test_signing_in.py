"""Signing in and out, as a browser does it."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail

from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
WRONG = "The email address and/or password you specified are not correct"


def sign_in(client, email, password):
    return client.post("/accounts/login/", {"login": email, "password": password})


def test_the_right_password_leads_to_the_workspace(client, alice, acme):
    response = sign_in(client, "alice@example.org", PASSWORD)
    assert response.status_code == 302
    assert response.headers["Location"] == "/"
    assert client.get("/").headers["Location"] == "/w/acme/"


def test_the_e_mail_is_the_same_person_in_any_case(client, alice):
    assert sign_in(client, "Alice@Example.ORG", PASSWORD).status_code == 302


@pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
def test_a_wrong_password_and_an_unknown_person_get_the_same_words(client, alice, email):
    response = sign_in(client, email, "not the password")
    assert response.status_code == 200
    assert WRONG in response.content.decode()


def test_a_person_who_is_switched_off_cannot_sign_in(client, alice):
    alice.is_active = False
    alice.save()
    sign_in(client, "alice@example.org", PASSWORD)
    assert "_auth_user_id" not in client.session


def test_what_a_signed_in_person_sees_is_kept_by_no_cache(client_for, alice, acme):
    for address in ("/w/acme/", "/w/acme/library/", "/w/acme/nothing/", "/api/v1/documents"):
        assert client_for(alice).get(address).headers["Cache-Control"] == "private, no-store"


def test_nobody_signs_themselves_up(client):
    page = client.get("/accounts/signup/").content.decode()
    assert "password1" not in page
    client.post("/accounts/signup/", {"email": "new@example.org", "password1": PASSWORD})
    from apps.accounts.models import User

    assert not User.objects.exists()


def test_signing_out_takes_a_click_of_ones_own(client_for, alice, acme):
    client = client_for(alice)
    assert client.get("/accounts/logout/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/w/acme/").status_code == 302


def test_a_forgotten_password_is_answered_alike_for_known_and_unknown(client, alice):
    known = client.post("/accounts/password/reset/", {"email": "alice@example.org"})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
    assert any("alice@example.org" in message.to for message in mail.outbox)


def test_the_mail_for_a_new_password_leads_home_whatever_host_was_named(client, alice, settings):
    settings.QUIRE_PUBLIC_URL = "https://quire.example"
    client.post("/accounts/password/reset/", {"email": alice.email}, headers={"host": "localhost:4444"})
    (letter,) = mail.outbox
    assert "https://quire.example/accounts/password/reset/key/" in letter.body
    assert "http://localhost:4444" not in letter.body


def test_asking_for_a_strangers_new_password_writes_nobody(client, db):
    assert client.post("/accounts/password/reset/", {"email": "stranger@example.com"}).status_code == 302
    assert mail.outbox == []


@pytest.mark.parametrize("action", ["action_add", "action_primary", "action_remove"])
def test_nobody_takes_an_address_that_was_not_given_to_them(client_for, alice, action):
    client = client_for(alice)
    client.get("/accounts/email/")
    client.post("/accounts/email/", {"email": "ceo@example.org", "action_add": ""})
    client.post("/accounts/email/", {"email": {"action_remove": alice.email}.get(action, "ceo@example.org"), action: ""})
    client.post("/accounts/email/", {"email": "ceo@example.org", "action_add": ""})
    client.post("/accounts/email/", {"email": "ceo@example.org", "action_primary": ""})
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"
    assert list(EmailAddress.objects.values_list("email", flat=True)) == ["alice@example.org"]


def test_a_person_without_a_workspace_is_told_so(client_for, alice):
    response = client_for(alice).get("/")
    assert response.status_code == 200
    assert "workspace" in response.content.decode()


def test_the_first_page_asks_a_stranger_to_sign_in(client):
    assert client.get("/").headers["Location"] == "/accounts/login/?next=/"
