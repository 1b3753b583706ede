"""The settings' pages: the frame, the API keys from making to revoking without a script, and the table of permissions."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts import permissions as permissions_table
from apps.accounts.key_rows import make_key_row, until
from apps.accounts.models import ApiKey, AuditEntry, Membership, Role
from apps.accounts.permissions import PERMISSIONS, Rules, list_rules, register_rules
from apps.accounts.selectors.keys import find_key
from apps.accounts.services import keys as service
from apps.accounts.services.keys import make_key, revoke_key, rotate_key

pytestmark = pytest.mark.django_db
SCOPES = ["chat.ask", "document.view"]
KEY = re.compile(r"qk_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}")


@pytest.fixture
def at(acme):
    return lambda path="": f"/w/{acme.slug}/settings/{path}"


@pytest.fixture
def bobs(bob_reader):
    return make_key(bob_reader, name="Bob's import", scopes=SCOPES)[0]


def form(**changes):
    return {"name": "Nightly import", "scopes": SCOPES, "days": "90", "once": str(uuid4()), **changes}


def empty_handed(user, workspace, *names):
    role = Role.objects.create(workspace=workspace, name="Own", permissions=list(names))
    Membership.objects.filter(user=user).update(role="custom", custom_role=role)


# --- the frame


def test_the_settings_open_at_the_first_page_one_may_open(client_for, alice, bob, acme, at):
    assert client_for(alice).get(at()).url == at("keys/")
    Membership.objects.filter(user=bob).update(role="viewer")
    assert client_for(bob).get(at()).url == at("usage/")


def test_the_menu_and_the_frame_lead_there(client_for, alice, at):
    client = client_for(alice)
    assert f'href="{at()}"' in client.get(at("keys/")).content.decode()
    page = client.get(at("permissions/")).content.decode()
    assert f'href="{at("keys/")}"' in page
    assert re.search(rf'href="{at("permissions/")}"\s+aria-current="page"', page)


@pytest.mark.parametrize("path", ["", "keys/", "permissions/"])
def test_strangers_find_nothing_and_nobody_is_led_to_sign_in(client_for, charlie, other, at, path):
    assert client_for(charlie).get(at(path)).status_code == 404
    assert "login" in client_for().get(at(path)).url


def test_a_viewer_is_shown_no_keys_page(client_for, bob, acme, at):
    Membership.objects.filter(user=bob).update(role="viewer")
    client = client_for(bob)
    response = client.get(at("keys/"))
    assert response.status_code == 403
    assert "key.create" in response.content.decode()
    assert at("keys/") not in client.get(at("permissions/")).content.decode()


def test_who_may_make_no_keys_any_more_still_ends_those_they_have(client_for, bob, bob_reader, acme, at):
    key, _ = make_key(bob_reader, name="Import", scopes=["document.view"])
    Membership.objects.filter(user=bob).update(role="viewer")
    client = client_for(bob)
    page = client.get(at("keys/")).content.decode()
    assert at(f"keys/{key.pk}/revoke/") in page
    assert at(f"keys/{key.pk}/rotate/") not in page
    assert client.post(at(f"keys/{key.pk}/revoke/")).status_code == 302
    assert not ApiKey.objects.alive().exists()
    assert client.get(at("keys/")).status_code == 403


# --- keys


def test_without_keys_the_page_says_what_they_are_for(client_for, bob, at, settings):
    settings.QUIRE_PUBLIC_URL = "https://quire.example"
    page = client_for(bob).get(at("keys/")).content.decode()
    assert "You have no API keys" in page
    assert "curl https://quire.example/api/v1/query" in page


def test_the_form_offers_ones_own_permissions_with_the_usual_ones_ticked(client_for, bob, at):
    page = client_for(bob).get(at("keys/")).content.decode()
    boxes = dict(re.findall(r'name="scopes"\s+id="[^"]+"\s+value="([^"]+)"\s+aria-describedby="[^"]+"\s+(checked)?', page))
    assert boxes == {"document.view": "checked", "chat.ask": "checked", "document.add": "", "model.call": "", "people.view": ""}


def test_a_new_key_is_shown_once_and_never_again(client_for, bob, at):
    client = client_for(bob)
    response = client.post(at("keys/make/"), form())
    (text,) = set(KEY.findall(response.content.decode()))
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    assert find_key(text).name == "Nightly import"
    page = client.get(at("keys/")).content.decode()
    assert "Nightly import" in page
    assert "Read documents, Ask questions" in page
    assert text not in page
    assert not KEY.search(page)


def test_the_same_form_sent_twice_makes_one_key(client_for, bob, at):
    client, sent = client_for(bob), form()
    client.post(at("keys/make/"), sent)
    again = client.post(at("keys/make/"), sent, follow=True)
    assert ApiKey.objects.count() == 1
    assert "was made already" in again.content.decode()
    assert not KEY.search(again.content.decode())


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "x" * 81},
        {"scopes": []},
        {"scopes": ["document.manage"]},
        {"scopes": ["key.create"]},
        {"days": "91"},
        {"days": "x"},
        {"once": "x"},
    ],
)
def test_a_form_that_cannot_be_is_shown_again(client_for, bob, at, changes):
    response = client_for(bob).post(at("keys/make/"), form(**changes))
    assert response.status_code == 422
    assert not ApiKey.objects.exists()


def test_what_was_typed_stays_and_the_error_stands_beside_it(client_for, bob, at):
    page = client_for(bob).post(at("keys/make/"), form(scopes=[])).content.decode()
    assert "Choose at least one thing" in page
    assert 'value="Nightly import"' in page


def test_too_many_keys_are_told_in_words_and_free_the_form(client_for, bob, at, bobs, monkeypatch):
    monkeypatch.setattr(service, "LIVING_MAX", 1)
    client, sent = client_for(bob), form()
    response = client.post(at("keys/make/"), sent)
    assert response.status_code == 409
    assert "the most there may be" in response.content.decode()
    monkeypatch.setattr(service, "LIVING_MAX", 2)
    assert KEY.search(client.post(at("keys/make/"), sent).content.decode())


def test_rotating_takes_a_second_step_and_shows_the_new_key(client_for, bob, at, bobs):
    client, address = client_for(bob), at(f"keys/{bobs.pk}/rotate/")
    assert client.get(address).status_code == 200
    assert ApiKey.objects.count() == 1
    response = client.post(address, {"grace_hours": "24"})
    assert KEY.search(response.content.decode())
    assert response["Cache-Control"] == "no-store"
    assert "works until" in response.content.decode()
    assert client.post(address, {"grace_hours": "24"}).status_code == 409
    assert ApiKey.objects.count() == 2


def test_a_grace_that_is_not_offered_is_refused(client_for, bob, at, bobs):
    assert client_for(bob).post(at(f"keys/{bobs.pk}/rotate/"), {"grace_hours": "5"}).status_code == 422
    assert ApiKey.objects.count() == 1


def test_revoking_takes_a_second_step_and_says_so(client_for, bob, at, bobs):
    client, address = client_for(bob), at(f"keys/{bobs.pk}/revoke/")
    assert client.get(address).status_code == 200
    assert ApiKey.objects.alive().count() == 1
    page = client.post(address, follow=True).content.decode()
    assert "revoked. Nothing can use it any more" in page
    assert not ApiKey.objects.alive().exists()


def test_forms_need_their_csrf_token(bob, at, bobs):
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob)
    for path in ("keys/make/", f"keys/{bobs.pk}/rotate/", f"keys/{bobs.pk}/revoke/"):
        assert client.post(at(path), form()).status_code == 403
    assert ApiKey.objects.alive().count() == 1


def test_who_manages_keys_sees_everybodys_and_may_revoke_but_not_rotate(client_for, alice, at, bobs):
    client = client_for(alice)
    page = client.get(at("keys/")).content.decode()
    assert "Keys of others" in page
    assert at(f"keys/{bobs.pk}/revoke/") in page
    assert at(f"keys/{bobs.pk}/rotate/") not in page
    assert client.get(at(f"keys/{bobs.pk}/rotate/")).status_code == 403
    client.post(at(f"keys/{bobs.pk}/revoke/"))
    assert not ApiKey.objects.alive().exists()
    assert AuditEntry.objects.get(action="key.revoked").actor == "alice@example.org"


def test_who_only_manages_keys_makes_none(client_for, bob, acme, at, alice_reader):
    make_key(alice_reader, name="Alice's", scopes=SCOPES)
    empty_handed(bob, acme, "document.view", "key.manage")
    page = client_for(bob).get(at("keys/")).content.decode()
    assert ("Alice’s" in page or "Alice&#x27;s" in page, "Make the key" in page) == (True, False)


def test_others_keys_are_not_there(client_for, bob, charlie, other, at, alice_reader):
    hers, _ = make_key(alice_reader, name="Hers", scopes=SCOPES)
    assert "Hers" not in client_for(bob).get(at("keys/")).content.decode()
    for step in ("rotate", "revoke"):
        assert client_for(bob).get(at(f"keys/{hers.pk}/{step}/")).status_code == 404
        assert client_for(bob).post(at(f"keys/{hers.pk}/{step}/"), {"grace_hours": "24"}).status_code == 404
        assert client_for(charlie).get(f"/w/{other.slug}/settings/keys/{hers.pk}/{step}/").status_code == 404
    assert ApiKey.objects.alive().count() == 1


def test_the_page_asks_as_much_for_many_keys_as_for_one(client_for, alice, at, alice_reader, bob_reader, django_assert_max_num_queries):
    for number in range(10):
        key, _ = make_key(bob_reader, name=f"B{number}", scopes=SCOPES)
        rotate_key(bob_reader, key)
        make_key(alice_reader, name=f"A{number}", scopes=SCOPES)
    client = client_for(alice)
    with django_assert_max_num_queries(9):
        client.get(at("keys/"))


def test_each_state_of_a_key_has_its_word(bob_reader, bobs):
    def state_of(**changes):
        ApiKey.objects.filter(pk=bobs.pk).update(**changes)
        row = make_key_row(bob_reader, ApiKey.objects.get(pk=bobs.pk))
        return row.state_word, row.ends_word, row.can_rotate, row.can_revoke

    now = timezone.now()
    assert state_of() == ("Active", "in 90 days", True, True)
    assert state_of(expires_at=now + timedelta(days=13)) == ("Ends soon", "in 13 days", True, True)
    new, _ = rotate_key(bob_reader, bobs)
    assert state_of() == ("Replaced", "in 24 hours", False, True)
    assert make_key_row(bob_reader, new).state_word == "Active"
    assert state_of(expires_at=now - timedelta(days=1)) == ("Expired", "", False, False)
    revoke_key(bob_reader, bobs)
    assert state_of() == ("Revoked", "", False, False)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=89, hours=23, minutes=59), "in 90 days"),
        (timedelta(days=2), "in 2 days"),
        (timedelta(days=1), "in 24 hours"),
        (timedelta(hours=2), "in 2 hours"),
        (timedelta(minutes=90), "in 90 minutes"),
        (timedelta(minutes=1), "in 1 minute"),
        (timedelta(seconds=3), "in 1 minute"),
    ],
)
def test_what_is_left_is_told_in_its_unit(left, words):
    now = timezone.now()
    assert until(now + left, now) == words


# --- permissions


def test_the_table_shows_every_permission_with_every_role(client_for, bob, acme, at):
    Role.objects.create(workspace=acme, name="Asks only", permissions=["chat.ask"])
    page = client_for(bob).get(at("permissions/")).content.decode()
    for permission in PERMISSIONS:
        assert permission.name in page
    for role in ("Viewer", "Member", "Editor", "Admin", "Owner", "Asks only"):
        assert page.count(f'data-role="{role}"') == len(PERMISSIONS)


def test_it_marks_what_one_may_and_ones_role(client_for, bob, acme, at):
    page = client_for(bob).get(at("permissions/")).content.decode()
    assert page.count("you may</span>") == 6
    assert re.search(r"rights__role--own\">Member", page)
    empty_handed(bob, acme, "document.view")
    page = client_for(bob).get(at("permissions/")).content.decode()
    assert page.count("you may</span>") == 1
    assert re.search(r"rights__role--own\">Own", page)


def test_a_viewer_may_read_it_and_sees_no_other_workspaces_roles(client_for, bob, acme, other, at):
    Role.objects.create(workspace=other, name="Theirs", permissions=["chat.ask"])
    Membership.objects.filter(user=bob).update(role="viewer")
    response = client_for(bob).get(at("permissions/"))
    assert response.status_code == 200
    assert "Theirs" not in response.content.decode()


def test_it_tells_the_rules_of_other_apps(client_for, bob, at, monkeypatch):
    monkeypatch.setattr(permissions_table, "_rules", {})
    register_rules("Who sees a dream", [("Lucid", "The dreamer alone.")])
    assert list_rules() == [Rules("Who sees a dream", (("Lucid", "The dreamer alone."),))]
    page = client_for(bob).get(at("permissions/")).content.decode()
    assert "Who sees a dream" in page
    assert "The dreamer alone." in page


def test_the_documents_rules_are_among_them():
    assert any("document" in one.title for one in list_rules())
