"""Who may make collections, and say who reads, writes and manages them."""

import threading

import pytest
from django.db import connections

from apps.accounts.models import Group, Membership
from apps.accounts.selectors.readers import renew
from apps.common.errors import Conflict, Invalid, NotAllowed, NotFound
from apps.documents.models import Access, Collection, CollectionGrant, Document, Level
from apps.documents.selectors import list_collections, list_managed
from apps.documents.services.collections import (
    change_collection,
    create_collection,
    get_or_make_collection,
    grant_collection,
    revoke_grant,
)

pytestmark = pytest.mark.django_db


def names(reader):
    return [one.name for one in list_collections(renew(reader))]


def test_an_admin_makes_a_collection_that_is_closed(join, bob_reader, trail):
    admin = join("ada", "admin")
    made = create_collection(admin, name="  Legal   matters ", description=" Contracts. ")
    assert (made.name, made.description, made.everyone, made.slug) == ("Legal matters", "Contracts.", "none", "legal-matters")
    assert (names(admin), names(bob_reader)) == (["Legal matters"], [])
    assert trail() == [("collection.made", {"everyone": "none"})]


def test_making_a_collection_does_not_open_it_to_who_made_it(join, alice, add_document):
    admin = join("ada", "admin")
    document = add_document(create_collection(admin, name="Legal"), alice, access=Access.INTERNAL)
    assert not Document.objects.visible_to(admin).filter(pk=document.pk).exists()


@pytest.mark.parametrize("role", ["viewer", "member", "editor"])
def test_others_make_none(role, join, stand):
    reader = join("ivan", role)
    before = stand()
    with pytest.raises(NotAllowed, match=r"collection\.manage"):
        create_collection(reader, name="Mine")
    assert stand() == before


@pytest.mark.parametrize("fields", [{"name": "  "}, {"name": "x" * 121}, {"name": "X", "description": "x" * 501}, {"name": "X", "everyone": "manage"}])
def test_what_cannot_be_a_collection_is_refused(alice_reader, fields, stand):
    before = stand()
    with pytest.raises(Invalid):
        create_collection(alice_reader, **fields)
    assert stand() == before


@pytest.mark.parametrize(("name", "error"), [("shelf", Invalid), ("SHELF", Invalid), ("Shelf!", Conflict), ("Handbook", Invalid)])
def test_a_name_is_there_once(alice_reader, shelf, name, error):
    with pytest.raises(error):
        create_collection(alice_reader, name=name)
    assert Collection.objects.count() == 1


def test_names_of_any_script_make_collections_of_their_own(alice_reader):
    assert len({create_collection(alice_reader, name=name).slug for name in ("契約", "人事", "Règles", "★")}) == 4


def test_the_same_name_in_another_workspace_is_free(alice_reader, make_shelf, other):
    make_shelf("Legal", workspace=other)
    assert create_collection(alice_reader, name="Legal").workspace == alice_reader.workspace


def test_the_general_collection_comes_by_itself_and_is_recorded_once(acme, trail):
    assert get_or_make_collection(acme) == get_or_make_collection(acme)
    assert trail() == [("collection.made", {"everyone": "write"})]


def test_a_grant_opens_a_collection_and_its_withdrawal_closes_it(alice_reader, bob_reader, member_of, shelf, trail):
    bob = member_of(bob_reader)
    who = {"member": str(bob.pk), "user": str(bob.user_id)}
    grant_collection(alice_reader, shelf, member=bob, level=Level.READ)
    assert names(bob_reader) == ["Shelf"]
    grant_collection(alice_reader, shelf, member=bob, level=Level.WRITE)
    grant_collection(alice_reader, shelf, member=bob, level=Level.WRITE)
    assert CollectionGrant.objects.get().level == "write"
    assert [revoke_grant(alice_reader, shelf, member=bob) for _ in range(2)] == [True, False]
    assert names(bob_reader) == []
    assert trail() == [
        ("collection_grant.added", {**who, "before": "none", "after": "read"}),
        ("collection_grant.changed", {**who, "before": "read", "after": "write"}),
        ("collection_grant.removed", {**who, "before": "write"}),
    ]


def test_who_manages_one_collection_says_who_does_what_in_it_alone(bob_reader, alice_reader, member_of, team, shelf, make_shelf, stand):
    other_shelf = make_shelf("Other shelf", "write")
    grant_collection(alice_reader, shelf, member=member_of(bob_reader), level=Level.MANAGE)
    bob = renew(bob_reader)
    grant_collection(bob, shelf, group=team, level=Level.READ)
    change_collection(bob, shelf, name="Bob's shelf", everyone=Level.READ)
    before = stand()
    for change in (
        lambda: grant_collection(bob, other_shelf, group=team, level=Level.READ),
        lambda: change_collection(bob, other_shelf, everyone=Level.NONE),
        lambda: create_collection(bob, name="More"),
    ):
        with pytest.raises(NotAllowed, match=r"collection\.manage"):
            change()
    assert stand() == before
    assert list_managed(bob) == {shelf.pk}


def every_change(reader, shelf, team):
    return (
        lambda: change_collection(reader, shelf, name="Mine", everyone=Level.WRITE),
        lambda: grant_collection(reader, shelf, group=team, level=Level.MANAGE),
        lambda: revoke_grant(reader, shelf, group=team),
    )


@pytest.mark.parametrize("level", [Level.READ, Level.WRITE])
@pytest.mark.parametrize("role", ["viewer", "member", "editor"])
def test_readers_and_writers_change_nothing(role, level, join, shelf, team, stand):
    reader = join("ivan", role, group=team)
    CollectionGrant.objects.create(collection=shelf, group=team, level=level)
    before = stand()
    for change in every_change(reader, shelf, team):
        with pytest.raises(NotAllowed, match=r"collection\.manage"):
            change()
    assert stand() == before


def test_a_viewer_manages_nothing_whatever_the_grant(join, shelf, team, stand):
    reader = join("ivan", "viewer", group=team)
    CollectionGrant.objects.create(collection=shelf, group=team, level=Level.MANAGE)
    before = stand()
    for change in every_change(reader, shelf, team):
        with pytest.raises(NotAllowed):
            change()
    assert stand() == before
    assert list_managed(reader) == frozenset()


def test_to_who_does_not_see_it_a_collection_is_not_there(bob_reader, charlie_reader, shelf, team, stand):
    before = stand()
    for reader in (bob_reader, charlie_reader):
        for change in every_change(reader, shelf, team):
            with pytest.raises(NotFound):
                change()
    assert stand() == before


def test_nobody_of_another_workspace_is_granted_anything(alice_reader, charlie, other, shelf, stand):
    before = stand()
    for subject in ({"member": Membership.objects.get(user=charlie)}, {"group": Group.objects.create(workspace=other, name="Theirs")}):
        with pytest.raises(NotFound):
            grant_collection(alice_reader, shelf, **subject, level=Level.READ)
        with pytest.raises(NotFound):
            revoke_grant(alice_reader, shelf, **subject)
    assert stand() == before


@pytest.mark.parametrize("level", ["none", "own", ""])
def test_a_level_that_does_not_exist_is_refused(alice_reader, shelf, team, level):
    with pytest.raises(Invalid, match="read, write, manage"):
        grant_collection(alice_reader, shelf, group=team, level=level)


def test_a_change_records_what_changed_but_no_words(alice_reader, shelf, trail):
    change_collection(alice_reader, shelf, name="Secret name", description="Secret words", everyone=Level.READ)
    change_collection(alice_reader, shelf, name="Secret name", everyone=Level.READ)
    assert trail() == [("collection.changed", {"fields": ["name", "description", "everyone"], "before": "none", "after": "read"})]


def test_renaming_gives_no_hidden_name_away(alice_reader, bob_reader, member_of, shelf, make_shelf):
    make_shelf("Layoffs")
    make_shelf("Open", "read")
    grant_collection(alice_reader, shelf, member=member_of(bob_reader), level=Level.MANAGE)
    bob = renew(bob_reader)
    assert change_collection(bob, shelf, name="Layoffs").name == "Layoffs"
    with pytest.raises(Invalid, match="already"):
        change_collection(bob, shelf, name="Open")


def test_counts_are_of_the_documents_one_sees(alice, alice_reader, bob_reader, shelf, make_shelf, add_document):
    opened = make_shelf("Open", "read")
    add_document(opened, alice)
    add_document(opened, alice, access=Access.RESTRICTED)
    add_document(shelf, alice, access=Access.INTERNAL)
    assert {one.name: one.document_count for one in list_collections(alice_reader)} == {"Open": 2, "Shelf": 1}
    assert {one.name: one.document_count for one in list_collections(bob_reader)} == {"Open": 1}


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_a_collection_once(alice_reader):
    barrier, made, refused = threading.Barrier(5), [], []

    def work():
        barrier.wait()
        try:
            made.append(create_collection(alice_reader, name="Legal"))
        except (Invalid, Conflict) as error:
            refused.append(error)
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(5)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert (len(made), len(refused), Collection.objects.count()) == (1, 4, 1)


@pytest.mark.django_db(transaction=True)
def test_two_levels_at_once_leave_one_grant(alice_reader, team, shelf):
    barrier = threading.Barrier(2)

    def work(level):
        barrier.wait()
        grant_collection(alice_reader, shelf, group=team, level=level)
        connections.close_all()

    threads = [threading.Thread(target=work, args=(level,)) for level in (Level.READ, Level.MANAGE)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert CollectionGrant.objects.get().level in ("read", "manage")


def test_open_pages_hear_of_a_collection_by_one_of_its_documents(alice, alice_reader, shelf, team, add_document, rung, django_capture_on_commit_callbacks):
    document = add_document(shelf, alice, access=Access.INTERNAL)
    with django_capture_on_commit_callbacks(execute=True):
        grant_collection(alice_reader, shelf, group=team, level=Level.READ)
    assert rung == [(f"library.{shelf.workspace_id}", {"document": str(document.pk)})]
