"""Guessing passwords: who has to wait, and who has not to."""

import time

import pytest
from django.core import mail
from django.test import Client

from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in():
    def post(email, password, address="127.0.0.1", **headers):
        return Client(REMOTE_ADDR=address).post("/accounts/login/", {"login": email, "password": password}, headers=headers)

    return post


def guess(sign_in, count, email="alice@example.org", address="127.0.0.1"):
    return [sign_in(email, f"guess {number}", address).status_code for number in range(count)]


def test_who_guesses_passwords_has_to_wait_even_with_the_right_one(sign_in, alice):
    assert guess(sign_in, 11) == [200] * 10 + [429]
    response = sign_in("alice@example.org", PASSWORD)
    assert response.status_code == 429
    assert 1 <= int(response.headers["Retry-After"]) <= 30
    assert "The limit is 10 wrong passwords in 5 minutes for one account from one network address. Try again in" in response.content.decode()


def test_the_same_is_said_of_an_account_that_is_not_there(sign_in, alice, settings):
    settings.QUIRE_LIMIT_WRONG_PASSWORDS_PER_ACCOUNT = 2
    known, unknown = ([sign_in(email, "wrong") for _ in range(4)] for email in ("alice@example.org", "nobody@example.org"))
    assert [one.status_code for one in known] == [one.status_code for one in unknown] == [200, 200, 429, 429]
    assert [one.headers.get("Retry-After") for one in known[2:]] == [one.headers.get("Retry-After") for one in unknown[2:]]


def test_an_account_is_the_same_in_any_case(sign_in, alice, settings):
    settings.QUIRE_LIMIT_WRONG_PASSWORDS_PER_ACCOUNT = 2
    assert [sign_in(email, "wrong").status_code for email in ("alice@example.org", "Alice@Example.ORG", " ALICE@example.org")] == [200, 200, 429]


def test_who_guesses_locks_nobody_out_but_those_at_the_same_address(sign_in, alice):
    guess(sign_in, 12, address="198.51.100.7")
    assert sign_in("alice@example.org", PASSWORD, "203.0.113.9").status_code == 302


def test_guessing_from_many_addresses_comes_to_an_end_too(sign_in, alice, settings):
    settings.QUIRE_LIMIT_WRONG_PASSWORDS_ANYWHERE = 3
    answers = [guess(sign_in, 1, address=f"198.51.100.{number}")[0] for number in range(4)]
    assert answers == [200, 200, 200, 429]


def test_the_owners_own_browser_is_not_held_up_by_guesses_from_elsewhere(sign_in, alice, bob, settings):
    own, bobs = Client(REMOTE_ADDR="203.0.113.9"), Client(REMOTE_ADDR="203.0.113.10")
    for client, who in ((own, alice), (bobs, bob)):
        client.post("/accounts/login/", {"login": who.email, "password": PASSWORD})
        client.post("/accounts/logout/")
    settings.QUIRE_LIMIT_WRONG_PASSWORDS_ANYWHERE = 1
    guess(sign_in, 2)
    right = {"login": alice.email, "password": PASSWORD}
    forger = Client(REMOTE_ADDR="203.0.113.11")
    forger.cookies["quire_device"] = own.cookies["quire_device"].value[:-1]
    assert [client.post("/accounts/login/", right).status_code for client in (bobs, forger)] == [429, 429]
    assert own.post("/accounts/login/", right).status_code == 302


def test_a_browser_that_is_known_may_not_guess_on_either(alice, settings):
    settings.QUIRE_LIMIT_WRONG_PASSWORDS_PER_ACCOUNT = 1
    client = Client()
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    client.post("/accounts/logout/")
    assert [client.post("/accounts/login/", {"login": alice.email, "password": "wrong"}).status_code for _ in range(2)] == [200, 429]


def test_what_a_browser_keeps_tells_nobody_who_it_was(client, alice, settings):
    settings.SESSION_COOKIE_SECURE = True
    kept = client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD}).cookies["quire_device"]
    assert "alice" not in kept.value
    assert (kept["httponly"], kept["secure"], kept["samesite"]) == (True, True, "Lax")


def test_guessing_at_many_accounts_from_one_address_comes_to_an_end(sign_in, alice, settings):
    settings.QUIRE_LIMIT_SIGN_INS_PER_ADDRESS = 3
    answers = [guess(sign_in, 1, email=f"person{number}@example.org")[0] for number in range(4)]
    assert answers == [200, 200, 200, 429]
    assert sign_in("alice@example.org", PASSWORD, "203.0.113.9").status_code == 302


def test_signing_in_with_the_right_password_uses_up_nothing(sign_in, alice, settings):
    settings.QUIRE_LIMIT_SIGN_INS_PER_ADDRESS = settings.QUIRE_LIMIT_WRONG_PASSWORDS_PER_ACCOUNT = 2
    assert [sign_in("alice@example.org", PASSWORD).status_code for _ in range(5)] == [302] * 5


def test_an_account_of_ones_own_gives_no_right_to_guess_on(sign_in, alice, bob, settings):
    settings.QUIRE_LIMIT_SIGN_INS_PER_ADDRESS = 3
    answers = []
    for number in range(4):
        answers += [sign_in("bob@example.org", PASSWORD).status_code, sign_in("alice@example.org", f"guess {number}").status_code]
    assert answers == [302, 200, 302, 200, 302, 200, 429, 429]


def test_behind_a_proxy_the_callers_own_address_counts(sign_in, alice, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    settings.QUIRE_LIMIT_WRONG_PASSWORDS_PER_ACCOUNT = 1
    here, there = ({"X-Forwarded-For": f"10.9.9.9, {address}"} for address in ("198.51.100.7", "203.0.113.9"))
    assert [sign_in("alice@example.org", "wrong", **headers).status_code for headers in (here, here, there)] == [200, 429, 200]


def test_limits_of_0_are_none(sign_in, alice, settings):
    settings.QUIRE_LIMIT_SIGN_INS_PER_ADDRESS = settings.QUIRE_LIMIT_WRONG_PASSWORDS_PER_ACCOUNT = settings.QUIRE_LIMIT_WRONG_PASSWORDS_ANYWHERE = 0
    assert guess(sign_in, 15) == [200] * 15


def test_who_proves_again_that_it_is_them_is_counted_as_well(client_for, alice, settings):
    settings.QUIRE_LIMIT_WRONG_PASSWORDS_PER_ACCOUNT = 2
    client = client_for(alice)
    answers = [client.post("/accounts/reauthenticate/", {"password": "wrong"}).status_code for _ in range(3)]
    assert answers == [200, 200, 429]


def test_a_program_is_told_in_its_own_shape(alice, settings):
    settings.QUIRE_LIMIT_WRONG_PASSWORDS_PER_ACCOUNT = 1
    for _ in range(2):
        response = Client().post("/accounts/login/", {"login": alice.email, "password": "wrong"}, headers={"Accept": "application/json"})
    assert (response.status_code, response.json()["code"]) == (429, "limit_exceeded")


def test_asking_for_a_new_password_keeps_its_own_limit(alice):
    client = Client(REMOTE_ADDR="192.0.2.77")
    answers = [client.post("/accounts/password/reset/", {"email": alice.email}) for _ in range(6)]
    assert len(mail.outbox) == 5
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert "Try again in a minute." in answers[-1].content.decode()
    assert answers[-1].headers["Retry-After"] == "60"


def test_a_refusal_costs_no_look_at_the_password(sign_in, alice, settings):
    """Else each guess over the limit would keep a processor busy."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    settings.QUIRE_LIMIT_WRONG_PASSWORDS_PER_ACCOUNT = 1
    sign_in("alice@example.org", "wrong")
    started = time.process_time()
    assert guess(sign_in, 5) == [429] * 5
    assert time.process_time() - started < 1
