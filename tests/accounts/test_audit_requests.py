"""What a request leaves in the audit trail: each API call, each refusal, each sign-in, and never what it said."""

import pytest

from apps.accounts.models import AuditEntry, Membership
from apps.accounts.selectors.people import get_administrator
from apps.accounts.services.people import create_first_admin, reset_password
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def entries(action):
    return list(AuditEntry.objects.filter(action=action).order_by("id"))


def the(action):
    (entry,) = entries(action)
    return entry


def test_an_api_request_is_there_with_its_circumstances_and_without_its_query(client_for, alice, acme):
    response = client_for(alice).get("/api/v1/documents?q=salaries", headers={"X-Request-Id": "mine-12345678"})
    entry = the("api.request")
    assert response.status_code == 200
    assert (entry.actor_id, entry.actor, entry.workspace_id, entry.api_key_id) == (alice.pk, alice.email, acme.pk, None)
    assert (entry.method, entry.route, entry.status, entry.request_id) == ("GET", "api/v1/documents", 200, "mine-12345678")
    assert (entry.address, entry.detail) == ("127.0.0.1", {})
    assert 0 <= entry.latency_ms < 60_000


def test_the_route_is_a_pattern_and_no_address(client_for, alice, acme):
    client_for(alice).get("/api/v1/documents/3f2c1d5e-1111-4222-8333-444455556666")
    entry = the("api.request")
    assert (entry.route, entry.status) == ("api/v1/documents/<uuid:document_id>", 404)


def test_a_refusal_of_a_stranger_is_there_too(client):
    client.get("/api/v1/documents")
    entry = the("api.request")
    assert (entry.actor_id, entry.actor, entry.status) == (None, "", 401)


def test_an_address_of_no_view_is_there_without_what_was_typed(client_for, alice):
    client_for(alice).get("/api/v1/qk_live_abc_secret")
    entry = the("api.request")
    assert (entry.route, entry.status, entry.actor) == ("", 404, alice.email)


def test_a_wrong_key_counts_for_nobody_even_beside_a_session(client_for, alice, acme):
    client_for(alice).get("/api/v1/documents", headers={"Authorization": "Bearer qk_live_nosuchkey_0000"})
    entry = the("api.request")
    assert (entry.status, entry.actor_id) == (401, None)


def test_a_page_is_no_api_request(client_for, alice, acme):
    client_for(alice).get("/w/acme/")
    assert not entries("api.request")


def test_the_api_request_of_a_demoted_person_names_the_right_that_was_missing(client_for, bob, acme):
    Membership.objects.filter(user=bob).update(role="viewer")
    response = client_for(bob).post("/api/v1/documents", {"files": []})
    assert response.status_code == 403
    entry = the("right.denied")
    assert (entry.actor_id, entry.workspace_id, entry.status) == (bob.pk, acme.pk, 403)
    assert response.json()["right"] == entry.detail["right"]
    assert the("api.request").request_id == entry.request_id


def test_a_page_that_is_refused_names_the_right(client_for, bob, acme):
    Membership.objects.filter(user=bob).update(role="viewer")
    assert client_for(bob).post("/w/acme/library/upload/").status_code == 403
    entry = the("right.denied")
    assert (entry.actor, entry.workspace_id, entry.route) == (bob.email, acme.pk, "w/<slug:slug>/library/upload/")
    assert entry.detail["right"] == "document.add"


def test_the_administration_that_is_refused_is_there(client_for, make_user):
    engineer = make_user("dev", operator_role="developer")
    assert client_for(engineer).get("/admin/accounts/user/").status_code == 403
    assert (the("right.denied").actor, the("right.denied").route) == (engineer.email, "admin/accounts/user/")


def test_a_form_without_its_token_lacks_no_right(alice):
    from django.test import Client

    assert Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": alice.email}).status_code == 403
    assert not entries("right.denied")


def test_a_sign_in_and_a_sign_out(client, alice, acme):
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    client.post("/accounts/logout/")
    for action in ("session.signed_in", "session.signed_out"):
        entry = the(action)
        assert (entry.actor_id, entry.actor, entry.address, entry.method) == (alice.pk, alice.email, "127.0.0.1", "POST")
    assert the("session.signed_in").route == "accounts/login/"


def test_signing_out_of_nothing_is_no_event(client, db):
    client.post("/accounts/logout/")
    assert not entries("session.signed_out")


def test_a_failed_sign_in_names_whose_address_it_was(client, alice):
    client.post("/accounts/login/", {"login": "ALICE@example.org", "password": "not the password"})
    assert the("session.sign_in_failed").actor_id == alice.pk


def test_a_failed_sign_in_of_nobody_keeps_nothing_that_was_typed(client, alice):
    client.post("/accounts/login/", {"login": "correct-horse-battery@typed.here", "password": PASSWORD})
    entry = the("session.sign_in_failed")
    assert (entry.actor, entry.actor_id, entry.object_id, entry.detail) == ("", None, "", {})


def test_somebody_who_is_switched_off_fails(client, alice):
    alice.is_active = False
    alice.save()
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    assert the("session.sign_in_failed").actor_id == alice.pk


def test_a_new_password_of_ones_own(client, alice):
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    new = {"oldpassword": PASSWORD, "password1": "another long phrase", "password2": "another long phrase"}
    client.post("/accounts/password/change/", new)
    entry = the("password.changed")
    assert (entry.actor_id, entry.object_id, entry.detail) == (alice.pk, str(alice.pk), {"by": "person"})


def test_a_new_password_by_mail(client, alice, mailoutbox):
    client.post("/accounts/password/reset/", {"email": alice.email})
    address = next(word for word in mailoutbox[0].body.split() if "/reset/key/" in word)
    form = client.get(address.partition("//")[2].partition("/")[1] + address.partition("//")[2].partition("/")[2], follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": "another long phrase", "password2": "another long phrase"})
    entry = the("password.changed")
    assert (entry.actor_id, entry.detail) == (alice.pk, {"by": "mail"})
    assert "key" not in entry.route.replace("<key>", "").replace("reset/key", "")


def test_a_new_password_by_whoever_looks_after_the_server(db):
    create_first_admin(email="root@example.org", password=PASSWORD, workspace_name="Home")
    reset_password(get_administrator())
    entry = the("password.changed")
    assert (entry.actor_id, entry.object_id) == (None, str(get_administrator().pk))
    assert the("user.added").object_id == entry.object_id


def test_behind_a_trusted_proxy_its_last_word_is_the_address(client, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    client.get("/api/v1/documents", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.7"})
    assert the("api.request").address == "203.0.113.7"


def test_without_one_whatever_a_caller_says_of_their_address_counts_for_nothing(client, db):
    client.get("/api/v1/documents", headers={"X-Forwarded-For": "203.0.113.7"})
    assert the("api.request").address == "127.0.0.1"
