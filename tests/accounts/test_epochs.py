"""An epoch counts each change of rights, however the change is made, and nothing else; `renew` compares it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import ApiKey, Group, GroupMember, Membership, Role, User
from apps.accounts.selectors.readers import get_reader_by_id, get_reader_of_key, renew
from apps.common.errors import NotFound, NotSignedIn

pytestmark = pytest.mark.django_db


def epoch_of(user):
    return User.objects.get(pk=user.pk).epoch


@pytest.fixture
def key(bob, acme):
    soon = timezone.now() + timedelta(days=90)
    return ApiKey.objects.create(public_id="abc", digest="0" * 64, name="Bot", owner=bob, workspace=acme, scopes=["chat.ask", "people.manage"], expires_at=soon)


def test_a_reader_whose_epoch_stands_is_not_read_anew(bob_reader, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert renew(bob_reader) is bob_reader


def test_a_changed_role_makes_another_reader(bob, bob_reader):
    Membership.objects.filter(user=bob).update(role="viewer")
    renewed = renew(bob_reader)
    assert renewed.role == "viewer"
    assert not renewed.has_same_rights(bob_reader)


def test_a_changed_custom_role_counts_for_who_has_it(bob, alice, acme):
    role = Role.objects.create(workspace=acme, name="Asks", permissions=["chat.ask", "document.view"])
    Membership.objects.filter(user=bob).update(role="custom", custom_role=role)
    reader, of_alice = get_reader_by_id(bob.pk, acme.pk), epoch_of(alice)
    assert reader.permissions == {"chat.ask", "document.view"}
    role.permissions = ["document.view", "workspace.manage", "no.such"]
    role.save()
    assert renew(reader).permissions == {"document.view"}
    assert epoch_of(alice) == of_alice


def test_joining_and_leaving_a_group_count(bob, bob_reader, acme):
    group = Group.objects.create(workspace=acme, name="Team")
    member = GroupMember.objects.create(group=group, membership_id=bob_reader.membership_id)
    renewed = renew(bob_reader)
    assert renewed.groups == {group.pk}
    member.delete()
    assert renew(renewed).groups == frozenset()


def test_a_group_that_is_deleted_leaves_its_members(bob_reader, acme):
    group = Group.objects.create(workspace=acme, name="Team")
    GroupMember.objects.create(group=group, membership_id=bob_reader.membership_id)
    reader = renew(bob_reader)
    group.delete()
    assert renew(reader).groups == frozenset()


def test_who_is_switched_off_or_gone_has_no_reader(bob, bob_reader, alice_reader):
    User.objects.filter(pk=bob.pk).update(is_active=False)
    with pytest.raises(NotFound):
        renew(bob_reader)
    Membership.objects.filter(pk=alice_reader.membership_id).delete()
    with pytest.raises(NotFound):
        renew(alice_reader)


def test_a_key_reads_as_its_owner_with_what_its_scopes_leave(key):
    reader = get_reader_of_key(key.pk)
    assert reader.permissions == {"chat.ask"}
    assert renew(reader) is reader


@pytest.mark.parametrize("change", [{"revoked_at": "2020-01-01T00:00Z"}, {"expires_at": "2020-01-01T00:00Z"}])
def test_a_key_that_ended_reads_nothing(key, change):
    reader = get_reader_of_key(key.pk)
    ApiKey.objects.filter(pk=key.pk).update(**change)
    with pytest.raises(NotSignedIn):
        renew(reader)


def test_a_key_ends_by_time_alone(key, time_machine):
    reader = get_reader_of_key(key.pk)
    time_machine.move_to(timezone.now() + timedelta(days=91))
    with pytest.raises(NotSignedIn):
        renew(reader)


def test_a_key_ends_with_its_owners_membership(key, bob):
    reader = get_reader_of_key(key.pk)
    Membership.objects.filter(user=bob).delete()
    with pytest.raises(NotSignedIn):
        renew(reader)


def test_a_key_stays_ended_when_its_owner_comes_back(key, bob, acme):
    Membership.objects.filter(user=bob).delete()
    Membership.objects.create(user=bob, workspace=acme)
    with pytest.raises(NotSignedIn):
        get_reader_of_key(key.pk)
    assert ApiKey.objects.get(pk=key.pk).revoked_at is not None


def test_an_epoch_never_goes_back(bob):
    before = User.objects.get(pk=bob.pk)
    User.objects.filter(pk=bob.pk).update(operator_role="developer")
    before.name = "Robert"
    before.save()
    assert epoch_of(bob) > before.epoch


def test_a_name_is_no_right(bob):
    before = epoch_of(bob)
    User.objects.filter(pk=bob.pk).update(name="Robert")
    assert epoch_of(bob) == before


def test_nothing_carries_rights_from_one_workspace_into_another(bob_reader, charlie, other, acme):
    group = Group.objects.create(workspace=other, name="Theirs")
    role = Role.objects.create(workspace=other, name="Theirs", permissions=["document.view"])
    membership = Membership.objects.filter(pk=bob_reader.membership_id)
    for carry in (
        lambda: GroupMember.objects.create(group=group, membership_id=bob_reader.membership_id),
        lambda: membership.update(role="custom", custom_role=role),
        lambda: membership.update(workspace=other),
        lambda: membership.update(user=charlie),
        lambda: Group.objects.filter(pk=group.pk).update(workspace=acme),
        lambda: Role.objects.filter(pk=role.pk).update(workspace=acme),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            carry()
