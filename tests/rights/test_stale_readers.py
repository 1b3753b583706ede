"""A reader that was read before a change of rights, and is used after it, does nothing more."""

import pytest

from apps.accounts.models import ApiKey, Membership
from apps.accounts.services.keys import make_key
from apps.common.errors import NotAllowed, NotFound
from apps.documents.models import Access, Collection, Document, Level
from apps.documents.services.collections import change_collection, create_collection
from apps.documents.services.sharing import set_access

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(acme):
    return Collection.objects.create(workspace=acme, name="Shelf", slug="shelf", everyone=Level.READ)


@pytest.fixture
def document(shelf, alice):
    facts = {"title": "Plan", "kind": "text", "sha256": "0" * 64, "byte_size": 1, "original": "x", "source_name": "x"}
    return Document.objects.create(collection=shelf, owner=alice, access=Access.INTERNAL, **facts)


@pytest.fixture
def demote(bob):
    return lambda role: Membership.objects.filter(user=bob).update(role=role)


def test_who_is_demoted_meanwhile_changes_nobody_elses_document(demote, bob, acme, reader_of, document, bob_reader):
    demote("editor")
    stale = reader_of(bob, acme)
    demote("member")
    with pytest.raises(NotAllowed):
        set_access(stale, document, Access.PUBLIC)
    assert Document.objects.get().access == Access.INTERNAL


def test_who_lost_sight_of_it_meanwhile_finds_no_document(demote, bob, acme, reader_of, document, shelf, bob_reader):
    demote("editor")
    stale = reader_of(bob, acme)
    Collection.objects.filter(pk=shelf.pk).update(everyone=Level.NONE)
    with pytest.raises(NotFound):
        set_access(stale, document, Access.PUBLIC)


def test_who_is_demoted_meanwhile_makes_and_changes_no_collection(demote, bob, acme, reader_of, shelf, bob_reader):
    demote("admin")
    stale = reader_of(bob, acme)
    demote("member")
    with pytest.raises(NotAllowed):
        create_collection(stale, name="Mine")
    with pytest.raises(NotAllowed):
        change_collection(stale, shelf, everyone=Level.WRITE)
    Collection.objects.filter(pk=shelf.pk).update(everyone=Level.NONE)
    with pytest.raises(NotFound):
        change_collection(stale, shelf, everyone=Level.WRITE)
    assert list(Collection.objects.values_list("name", "everyone")) == [("Shelf", Level.NONE)]


def test_who_is_demoted_meanwhile_makes_no_key(demote, bob_reader):
    demote("viewer")
    with pytest.raises(NotAllowed):
        make_key(bob_reader, name="Bot", scopes=["chat.ask"])
    assert not ApiKey.objects.exists()
