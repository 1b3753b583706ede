"""What an entry holds: who, what, from where; a bounded detail, and nothing that looks like a secret."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from apps.accounts.models import AuditEntry, Membership
from apps.accounts.services.audit import RequestFacts, begin_request, end_request, note, record, record_admin_change, tell_reader
from apps.accounts.services.audit_detail import BYTES_MAX, STRING_MAX, clean_detail, clean_text

KEY = "qk_live_AbC123_s3cretS3cretS3cretdeadbeef"


@pytest.fixture
def _in_a_request():
    begin_request(RequestFacts(request_id="req-12345678", address="203.0.113.9", method="POST", route="api/v1/things"))
    yield
    end_request()


def the_entry():
    return AuditEntry.objects.get()


@pytest.mark.django_db
def test_a_reader_names_the_person_the_workspace_and_the_key(alice, alice_reader, acme):
    record("document.deleted", reader=alice_reader, object_type="document", object_id=(document := uuid4()))
    entry = the_entry()
    assert (entry.actor_id, entry.actor, entry.workspace_id, entry.api_key_id) == (alice.pk, alice.email, acme.pk, None)
    assert (entry.object_type, entry.object_id, entry.detail) == ("document", str(document), {})
    assert str(entry) == f"document.deleted document {document}"


@pytest.mark.django_db
def test_a_target_names_itself_and_its_workspace(alice, acme):
    membership = Membership.objects.get(user=alice)
    record("membership.changed", actor=alice, target=membership, role=["member", "owner"])
    entry = the_entry()
    assert (entry.object_type, entry.object_id, entry.workspace_id) == ("membership", str(membership.pk), acme.pk)
    assert entry.detail == {"role": ["member", "owner"]}


@pytest.mark.django_db
def test_a_workspace_is_the_workspace_of_its_own_entry(alice, acme):
    record("workspace.changed", actor=alice, target=acme)
    assert the_entry().workspace_id == acme.pk


@pytest.mark.django_db
@pytest.mark.usefixtures("_in_a_request")
def test_the_facts_of_the_request_are_added(alice, alice_reader, acme):
    tell_reader(alice_reader)
    record("role.changed")
    entry = the_entry()
    assert (entry.request_id, entry.address, entry.method, entry.route) == ("req-12345678", "203.0.113.9", "POST", "api/v1/things")
    assert (entry.actor_id, entry.workspace_id) == (alice.pk, acme.pk)


@pytest.mark.django_db
def test_without_a_request_there_is_nothing_to_tell_of_it(alice_reader):
    tell_reader(alice_reader)
    note("right.denied", right="document.manage")
    entry = the_entry()
    assert (entry.actor, entry.address, entry.route) == ("", None, "")
    assert entry.detail == {"right": "document.manage"}


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_leaves_no_entry(alice):
    with transaction.atomic():
        record("user.changed", actor=alice, target=alice)
        assert the_entry()
        transaction.set_rollback(True)
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["", None, "not an address", "203.0.113.9, 10.0.0.1"])
def test_an_address_that_is_none_is_left_out(address):
    begin_request(RequestFacts(address=address, method="BREW" * 9, request_id=KEY))
    record("user.changed")
    end_request()
    entry = the_entry()
    assert (entry.address, entry.method, entry.request_id) == (None, "", "qk_…")


@pytest.mark.django_db
def test_an_address_with_a_zone_is_kept_without_it():
    begin_request(RequestFacts(address="fe80::1%eth0"))
    record("user.changed")
    end_request()
    assert the_entry().address == "fe80::1"


@pytest.mark.django_db
def test_text_that_postgres_cannot_hold_is_made_fit():
    record("user.changed", object_type="a" * 99, object_id="\0b\ud800" * 99, odd="x\0y\ud800", number=float("nan"), **{"n\0": 1})
    entry = the_entry()
    assert (len(entry.object_type), len(entry.object_id)) == (40, 64)
    assert entry.detail == {"odd": "xy?", "number": "nan", "n": 1}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"the key {KEY} leaked", "the key qk_… leaked"),
        (f"Authorization: Bearer {KEY}", "Authorization: Bearer …"),
        ("basic dXNlcjpwYXNz", "basic …"),
        ("postgresql://quire:hunter2@db/quire", "postgresql://quire:…@db/quire"),
        ("password=hunter2&next=/", "password=…&next=/"),
        ('{"api_key": "abc"}', '{"api_key": …'),
        ("sk-proj-abcdefghijk", "sk-…"),
        ("an ordinary sentence about tokens", "an ordinary sentence about tokens"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text, kept):
    assert clean_text(text) == kept


def test_a_secret_is_not_uncovered_by_cutting():
    assert "s3cret" not in clean_text("x" * (STRING_MAX - 10) + " " + KEY)


def test_a_value_with_the_name_of_a_secret_is_masked():
    detail = clean_detail({"password": "hunter2", "new_password1": ["hunter2"], "Authorization": b"x", "inner": {"client_secret": "hunter2"}, "token": True})
    assert detail == {"password": "…", "new_password1": "…", "Authorization": "…", "inner": {"client_secret": "…"}, "token": True}


def test_plain_values_are_kept_as_they_are():
    identity = uuid4()
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    detail = clean_detail({"id": identity, "at": now, "price": Decimal("1.50"), "ids": {"b", "a"}, "none": None, "on": True, "n": 3, "pair": ("a", 1)})
    assert detail == {
        "id": str(identity), "at": "2026-01-02T03:04:05+00:00", "price": "1.50", "ids": ["a", "b"], "none": None, "on": True, "n": 3, "pair": ["a", 1],
    }  # fmt: skip


def test_of_a_thing_only_its_kind_is_told():
    """A document's own words are its title."""
    deep: dict = {}
    deep["deep"] = deep
    assert clean_detail({"thing": SimpleNamespace(title="secret plan"), "bytes": b"x"}) == {"thing": "<SimpleNamespace>", "bytes": "<bytes>"}
    assert "<dict>" in json.dumps(clean_detail({"deep": deep}))


def test_detail_is_bounded():
    assert len(str(clean_detail({"text": "x" * 10_000})["text"])) == STRING_MAX
    detail = clean_detail({f"field_{number}": ["ä" * 500] * 500 for number in range(50)} | {"n" * 500: 1})
    assert len(json.dumps(detail, ensure_ascii=False).encode()) <= BYTES_MAX
    assert detail["cut"] is True


@pytest.mark.django_db
@pytest.mark.parametrize(("verb", "action"), [("added", "membership.added"), ("changed", "membership.changed"), ("deleted", "membership.removed")])
def test_a_change_in_the_administration_names_fields_and_no_words(root, alice, acme, verb, action):
    membership = Membership.objects.get(user=alice)
    words = [{"changed": {"fields": ["Role", "Workspace"]}}, {"added": {"name": "membership", "object": "the words of a row"}}]
    record_admin_change(SimpleNamespace(user=root), membership, words, verb=verb)
    entry = the_entry()
    assert (entry.action, entry.actor, entry.object_id) == (action, root.email, str(membership.pk))
    assert entry.detail == {"via": "administration", "fields": ["Role", "Workspace"], "rows": [{"verb": "added", "kind": "membership", "fields": []}]}


@pytest.mark.django_db
def test_words_that_are_no_list_are_not_kept(root, alice):
    record_admin_change(SimpleNamespace(user=root), alice, "Password changed to hunter2")
    assert the_entry().detail == {"via": "administration"}
    assert isinstance(the_entry().actor_id, UUID)
