"""The scope of a reader is another one as soon as what they may read is."""

import pytest

from apps.accounts.models import Group, GroupMember, Membership, RoleName
from apps.documents.models import Collection
from apps.gateway.caching.scopes import scope_of

pytestmark = pytest.mark.django_db


def test_it_stays_while_nothing_changes(alice, acme, reader_of):
    assert scope_of(reader_of(alice, acme), "chat") == scope_of(reader_of(alice, acme), "chat")


def test_nobody_shares_it(alice_reader, bob_reader, charlie_reader):
    assert len({scope_of(reader) for reader in (alice_reader, bob_reader, charlie_reader)}) == 3


def test_its_parts_count_one_by_one(alice_reader):
    scopes = {scope_of(alice_reader, *parts) for parts in [(), ("ab",), ("a", "b"), ("b", "a"), ("a",)]}
    assert len(scopes) == 5


def test_another_role_changes_it(bob, acme, reader_of):
    before = scope_of(reader_of(bob, acme))
    membership = Membership.objects.get(user=bob, workspace=acme)
    membership.role = RoleName.ADMIN
    membership.save()
    bob.refresh_from_db()
    assert scope_of(reader_of(bob, acme)) != before


def test_so_does_a_group_and_leaving_it(bob, acme, reader_of):
    scopes = [scope_of(reader_of(bob, acme))]
    group = Group.objects.create(workspace=acme, name="Board")
    member = GroupMember.objects.create(group=group, membership=Membership.objects.get(user=bob, workspace=acme))
    bob.refresh_from_db()
    scopes.append(scope_of(reader_of(bob, acme)))
    member.delete()
    bob.refresh_from_db()
    # Not even the one from before comes back: an answer may have been kept in between.
    scopes.append(scope_of(reader_of(bob, acme)))
    assert len(set(scopes)) == 3


def test_so_does_a_collection_that_is_opened(bob, acme, reader_of):
    collection = Collection.objects.create(workspace=acme, name="Board", everyone="none")
    before = scope_of(reader_of(bob, acme))
    collection.everyone = "read"
    collection.save()
    acme.refresh_from_db()
    assert scope_of(reader_of(bob, acme)) != before
