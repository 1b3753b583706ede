"""Who sees what in the library, by access, grant and group."""

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import Group, GroupMember, Membership
from apps.accounts.selectors.readers import renew
from apps.documents.models import Access, Collection, CollectionGrant, Document, DocumentGrant, Level

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(shelf, alice, add_document):
    return add_document(shelf, alice)


@pytest.fixture
def team(team, bob_reader):
    GroupMember.objects.create(group=team, membership_id=bob_reader.membership_id)
    return team


def sees(reader, document):
    return Document.objects.visible_to(renew(reader)).filter(pk=document.pk).exists()


def set_access(document, access):
    Document.objects.filter(pk=document.pk).update(access=access)


def test_public_is_for_everybody_in_the_workspace(document, alice_reader, bob_reader, charlie_reader):
    assert [sees(reader, document) for reader in (alice_reader, bob_reader, charlie_reader)] == [True, True, False]


def test_internal_is_for_the_readers_of_its_collection(document, shelf, team, alice_reader, bob_reader, charlie_reader):
    set_access(document, Access.INTERNAL)
    assert [sees(reader, document) for reader in (alice_reader, bob_reader)] == [True, False]
    grant = CollectionGrant.objects.create(collection=shelf, group=team)
    assert [sees(reader, document) for reader in (bob_reader, charlie_reader)] == [True, False]
    grant.delete()
    assert not sees(bob_reader, document)
    CollectionGrant.objects.create(collection=shelf, member_id=bob_reader.membership_id, level=Level.WRITE)
    assert sees(bob_reader, document)


def test_a_collection_can_be_open_to_everybody(document, shelf, bob_reader, charlie_reader):
    set_access(document, Access.INTERNAL)
    Collection.objects.filter(pk=shelf.pk).update(everyone=Level.READ)
    assert [sees(reader, document) for reader in (bob_reader, charlie_reader)] == [True, False]


def test_restricted_is_for_whom_it_names(document, shelf, team, alice_reader, bob_reader):
    set_access(document, Access.RESTRICTED)
    CollectionGrant.objects.create(collection=shelf, group=team, level=Level.MANAGE)
    assert [sees(reader, document) for reader in (alice_reader, bob_reader)] == [True, False]
    grant = DocumentGrant.objects.create(document=document, group=team)
    assert sees(bob_reader, document)
    grant.delete()
    assert not sees(bob_reader, document)


def test_a_name_on_a_document_that_is_not_restricted_opens_nothing(document, bob_reader):
    DocumentGrant.objects.create(document=document, member_id=bob_reader.membership_id)
    set_access(document, Access.INTERNAL)
    assert not sees(bob_reader, document)


def test_without_the_permission_to_read_nothing_is_seen(document, alice_reader):
    from dataclasses import replace

    blind = replace(alice_reader, permissions=alice_reader.permissions - {"document.view"})
    assert not Document.objects.visible_to(blind).exists()


def test_opening_and_closing_count_for_the_workspace(document, shelf, team, acme):
    def epoch():
        acme.refresh_from_db()
        return acme.epoch

    changes = (
        lambda: set_access(document, Access.RESTRICTED),
        lambda: CollectionGrant.objects.create(collection=shelf, group=team),
        lambda: CollectionGrant.objects.all().delete(),
        lambda: DocumentGrant.objects.create(document=document, group=team),
        lambda: DocumentGrant.objects.all().delete(),
        lambda: Collection.objects.filter(pk=shelf.pk).update(everyone=Level.READ),
    )
    for change in changes:
        before = epoch()
        change()
        assert epoch() > before
    before = epoch()
    Document.objects.filter(pk=document.pk).update(title="Other")
    assert epoch() == before


def test_nothing_is_opened_to_another_workspace(document, shelf, charlie, other):
    stranger = Membership.objects.get(user=charlie)
    group = Group.objects.create(workspace=other, name="Theirs")
    elsewhere = Collection.objects.create(workspace=other, name="Elsewhere", slug="elsewhere")
    for carry in (
        lambda: CollectionGrant.objects.create(collection=shelf, member=stranger),
        lambda: CollectionGrant.objects.create(collection=shelf, group=group),
        lambda: DocumentGrant.objects.create(document=document, member=stranger),
        lambda: Document.objects.filter(pk=document.pk).update(collection=elsewhere),
        lambda: Collection.objects.filter(pk=shelf.pk).update(workspace=other),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            carry()
