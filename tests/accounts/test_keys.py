"""Making, rotating and revoking keys: who may, within which bounds, and what the audit trail says of it."""

import logging
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.accounts.models import ApiKey, AuditEntry, Membership
from apps.accounts.selectors.keys import find_key, get_key, list_keys_of_others, list_own_keys
from apps.accounts.selectors.operators import get_operator
from apps.accounts.selectors.readers import get_reader_by_id, get_reader_of_key
from apps.accounts.services import keys as service
from apps.accounts.services.keys import make_key, note_use, revoke_key, rotate_key
from apps.common.errors import Conflict, Invalid, NotAllowed, NotFound, NotSignedIn

pytestmark = pytest.mark.django_db
SCOPES = ["chat.ask", "document.view"]


@pytest.fixture
def bobs(bob_reader):
    key, text = make_key(bob_reader, name="Bot", scopes=SCOPES)
    return key, text


def entries(action):
    return list(AuditEntry.objects.filter(action=action))


def test_a_key_is_its_makers_with_what_they_chose(bobs, bob, acme):
    key, text = bobs
    assert (key.owner, key.workspace, key.name, key.scopes) == (bob, acme, "Bot", SCOPES)
    assert abs(key.expires_at - timezone.now() - timedelta(days=90)) < timedelta(minutes=1)
    assert find_key(text) == key


def test_the_key_itself_is_kept_nowhere(bobs):
    key, text = bobs
    secret = text.rpartition("_")[2]
    row = ApiKey.objects.filter(pk=key.pk).values()[0]
    assert all(secret not in str(value) for value in row.values())
    (entry,) = entries("key.made")
    assert (entry.object_id, entry.actor, entry.detail["scopes"]) == (str(key.pk), "bob@example.org", SCOPES)
    assert secret not in str(entry.__dict__)


@pytest.mark.parametrize("name", ["", "  ", "\x00", "x" * 81])
def test_a_name_is_wanted_and_short(bob_reader, name):
    with pytest.raises(Invalid):
        make_key(bob_reader, name=name, scopes=SCOPES)


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_key_lasts_a_day_to_a_year(bob_reader, days):
    with pytest.raises(Invalid):
        make_key(bob_reader, name="Bot", scopes=SCOPES, days=days)
    assert make_key(bob_reader, name="Bot", scopes=SCOPES, days=365)


@pytest.mark.parametrize("scopes", [[], ["document.manage"], ["chat.ask", "people.manage"], ["no.such"], [""]])
def test_a_key_may_something_and_no_more_than_its_maker(bob_reader, scopes):
    with pytest.raises(Invalid):
        make_key(bob_reader, name="Bot", scopes=scopes)
    assert not ApiKey.objects.exists()


def test_who_may_not_make_keys_makes_none(bob, acme, reader_of):
    Membership.objects.filter(user=bob).update(role="viewer")
    with pytest.raises(NotAllowed) as refusal:
        make_key(reader_of(bob, acme), name="Bot", scopes=["chat.ask"])
    assert refusal.value.extra == {"right": "key.create"}


def test_a_key_makes_and_rotates_no_keys(bob_reader):
    key, _ = make_key(bob_reader, name="Maker", scopes=["key.create", "chat.ask"])
    as_key = get_reader_of_key(key.pk)
    with pytest.raises(NotAllowed):
        make_key(as_key, name="Child", scopes=["chat.ask"])
    with pytest.raises(NotAllowed):
        rotate_key(as_key, key)


def test_fifty_living_keys_are_enough(bob_reader, monkeypatch, time_machine):
    monkeypatch.setattr(service, "LIVING_MAX", 2)
    first, _ = make_key(bob_reader, name="1", scopes=SCOPES)
    make_key(bob_reader, name="2", scopes=SCOPES, days=1)
    with pytest.raises(Conflict):
        make_key(bob_reader, name="3", scopes=SCOPES)
    revoke_key(bob_reader, first)
    make_key(bob_reader, name="3", scopes=SCOPES)
    time_machine.move_to(timezone.now() + timedelta(days=2))
    make_key(bob_reader, name="4", scopes=SCOPES)
    with pytest.raises(Conflict):
        make_key(bob_reader, name="5", scopes=SCOPES)


def test_a_full_hand_can_be_rotated_but_not_grown_by_it(bob_reader, monkeypatch):
    monkeypatch.setattr(service, "LIVING_MAX", 1)
    key, _ = make_key(bob_reader, name="1", scopes=SCOPES)
    new, _ = rotate_key(bob_reader, key)
    with pytest.raises(Conflict):
        rotate_key(bob_reader, new)


def test_a_rotated_key_goes_on_for_its_grace(bobs, bob_reader, time_machine):
    old, old_text = bobs
    new, new_text = rotate_key(bob_reader, old, grace_hours=24)
    assert (new.name, new.scopes, new.replaces) == (old.name, old.scopes, old)
    assert (find_key(old_text), find_key(new_text)) == (old, new)
    (entry,) = entries("key.rotated")
    assert (entry.object_id, entry.detail["replaces"]) == (str(new.pk), str(old.pk))
    time_machine.move_to(timezone.now() + timedelta(hours=24, minutes=1))
    with pytest.raises(NotSignedIn):
        find_key(old_text)
    assert find_key(new_text) == new


def test_rotating_makes_no_old_key_last_longer(bob_reader):
    key, _ = make_key(bob_reader, name="Short", scopes=SCOPES, days=1)
    rotate_key(bob_reader, key, grace_hours=168)
    assert ApiKey.objects.get(pk=key.pk).expires_at == key.expires_at


def test_without_grace_the_old_key_ends_at_once(bobs, bob_reader):
    old, old_text = bobs
    rotate_key(bob_reader, old, grace_hours=0)
    with pytest.raises(NotSignedIn):
        find_key(old_text)


@pytest.mark.parametrize("hours", [-1, 169])
def test_grace_is_at_most_a_week(bobs, bob_reader, hours):
    with pytest.raises(Invalid):
        rotate_key(bob_reader, bobs[0], grace_hours=hours)


def test_a_key_is_rotated_once(bobs, bob_reader):
    rotate_key(bob_reader, bobs[0])
    with pytest.raises(Conflict):
        rotate_key(bob_reader, bobs[0])


@pytest.mark.parametrize("end", [{"revoked_at": "2020-01-01T00:00Z"}, {"expires_at": "2020-01-01T00:00Z"}])
def test_a_key_that_has_ended_is_not_rotated(bobs, bob_reader, end):
    ApiKey.objects.update(**end)
    with pytest.raises(Conflict):
        rotate_key(bob_reader, bobs[0])


def test_nobody_rotates_somebody_elses_key(bobs, alice_reader):
    with pytest.raises(NotAllowed):
        rotate_key(alice_reader, bobs[0])


def test_a_key_that_is_gone_is_not_found(bobs, bob_reader):
    ApiKey.objects.all().delete()
    with pytest.raises(NotFound):
        rotate_key(bob_reader, bobs[0])


def test_revoking_twice_changes_and_records_once(bobs, bob_reader):
    first = revoke_key(bob_reader, bobs[0]).revoked_at
    assert revoke_key(bob_reader, bobs[0]).revoked_at == first
    assert len(entries("key.revoked")) == 1
    with pytest.raises(NotSignedIn):
        find_key(bobs[1])


def test_who_manages_keys_revokes_anybodys_of_the_workspace(bobs, alice_reader):
    assert revoke_key(alice_reader, bobs[0]).revoked_at


def test_others_revoke_nothing(alice_reader, bob_reader, charlie_reader):
    key, _ = make_key(alice_reader, name="Hers", scopes=SCOPES)
    for stranger in (bob_reader, charlie_reader):
        with pytest.raises(NotAllowed):
            revoke_key(stranger, key)
    assert ApiKey.objects.alive().count() == 1


def test_an_operator_revokes_as_their_role_allows(bobs, root, make_user):
    with pytest.raises(NotAllowed):
        revoke_key(get_operator(make_user("dev", operator_role="developer")), bobs[0])
    assert revoke_key(get_operator(root), bobs[0]).revoked_at
    (entry,) = entries("key.revoked")
    assert (entry.actor, entry.workspace_id) == ("root@example.org", bobs[0].workspace_id)


def test_each_sees_their_own_keys_and_managers_everybodys(bobs, alice_reader, bob_reader, charlie_reader):
    hers, _ = make_key(alice_reader, name="Hers", scopes=SCOPES)
    assert (list_own_keys(alice_reader), list_keys_of_others(alice_reader)) == ([hers], [bobs[0]])
    assert (list_own_keys(bob_reader), list_keys_of_others(bob_reader)) == ([bobs[0]], [])
    assert get_key(alice_reader, bobs[0].pk) == bobs[0]
    for reader, key in ((bob_reader, hers), (charlie_reader, hers)):
        with pytest.raises(NotFound):
            get_key(reader, key.pk)


def test_use_is_written_once_a_minute(bobs, time_machine, django_assert_num_queries):
    key, _ = bobs
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    note_use(key.pk, None)
    assert ApiKey.objects.get().last_used_at == now
    time_machine.move_to(now + timedelta(seconds=59), tick=False)
    with django_assert_num_queries(0):
        note_use(key.pk, now)
    time_machine.move_to(now + timedelta(seconds=61), tick=False)
    note_use(key.pk, now)
    assert ApiKey.objects.get().last_used_at == now + timedelta(seconds=61)


def test_use_is_no_change_of_rights(bobs, bob, acme):
    before = get_reader_by_id(bob.pk, acme.pk).epoch
    note_use(bobs[0].pk, None)
    assert get_reader_by_id(bob.pk, acme.pk).epoch == before


def test_use_that_cannot_be_written_is_only_logged(bobs, caplog):
    def break_updates(execute, sql, params, many, context):
        return execute("SELECT no_such_column" if sql.startswith("UPDATE") else sql, params if not sql.startswith("UPDATE") else None, many, context)

    with connection.execute_wrapper(break_updates), caplog.at_level(logging.WARNING):
        note_use(bobs[0].pk, None)
    assert "key.use_not_noted" in caplog.text
    assert ApiKey.objects.get().last_used_at is None


@pytest.fixture
def at_once():
    """Do each of these in a thread of its own, all from the same moment on; gives what came of each."""

    def run(*works):
        outcomes, barrier = [], threading.Barrier(len(works))

        def do(work):
            barrier.wait()
            try:
                outcomes.append(work())
            except Exception as error:
                outcomes.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=do, args=[work]) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return outcomes

    return run


@pytest.mark.django_db(transaction=True)
def test_of_many_who_rotate_at_once_one_does(bob_reader, at_once):
    key, _ = make_key(bob_reader, name="Bot", scopes=SCOPES)
    outcomes = at_once(*[lambda: rotate_key(bob_reader, key)] * 6)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [*["Conflict"] * 5, "tuple"]
    assert ApiKey.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_making_rotating_and_revoking_at_once_wait_for_each_other(bob_reader, at_once):
    for number in range(8):
        key, _ = make_key(bob_reader, name=f"Bot {number}", scopes=SCOPES)
        outcomes = at_once(
            lambda key=key: rotate_key(bob_reader, key),
            lambda key=key: revoke_key(bob_reader, key),
            lambda: make_key(bob_reader, name="Another", scopes=SCOPES),
        )
        assert [outcome for outcome in outcomes if isinstance(outcome, Exception) and not isinstance(outcome, Conflict)] == []
        assert ApiKey.objects.get(pk=key.pk).revoked_at


@pytest.mark.django_db(transaction=True)
def test_who_makes_many_at_once_makes_no_more_than_there_may_be(bob_reader, at_once, monkeypatch):
    monkeypatch.setattr(service, "LIVING_MAX", 3)
    outcomes = at_once(*[lambda: make_key(bob_reader, name="Bot", scopes=SCOPES)] * 8)
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 5
    assert ApiKey.objects.alive().count() == 3
