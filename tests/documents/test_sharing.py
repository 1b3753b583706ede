"""Who may say who sees a document, and what becomes of it."""

import threading

import pytest
from django.db import connection, connections

from apps.accounts.models import Group, Membership
from apps.accounts.selectors.readers import renew
from apps.common.errors import Conflict, Invalid, NotAllowed, NotFound
from apps.documents.models import Access, Document, DocumentGrant
from apps.documents.rights import sees
from apps.documents.services.moving import move_document
from apps.documents.services.sharing import set_access, share_document, unshare_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(shelf, bob, add_document):
    """Bob's, in a collection that is open to nobody."""
    return add_document(shelf, bob, access=Access.RESTRICTED)


def is_seen(reader, document):
    return Document.objects.visible_to(renew(reader)).filter(pk=document.pk).exists()


def test_its_owner_says_who_sees_a_document(bob_reader, alice_reader, document, trail):
    assert not is_seen(alice_reader, document)
    set_access(bob_reader, document, Access.PUBLIC)
    assert is_seen(alice_reader, document)
    assert trail() == [("document.access_changed", {"before": "restricted", "after": "public"})]


def test_the_same_access_again_changes_and_records_nothing(bob_reader, document, stand):
    before = stand()
    set_access(bob_reader, document, Access.RESTRICTED)
    assert stand() == before


def test_an_access_that_does_not_exist_is_refused(bob_reader, document, stand):
    before = stand()
    with pytest.raises(Invalid, match="public, internal, restricted"):
        set_access(bob_reader, document, "everybody")
    assert stand() == before


def test_a_person_is_named_and_no_longer(bob_reader, alice_reader, member_of, document, trail):
    alice = member_of(alice_reader)
    assert share_document(bob_reader, document, member=alice)
    assert is_seen(alice_reader, document)
    assert unshare_document(bob_reader, document, member=alice)
    assert not is_seen(alice_reader, document)
    who = {"member": str(alice.pk), "user": str(alice.user_id)}
    assert trail() == [("document.shared", who), ("document.unshared", who)]


def test_a_group_is_named_for_all_who_are_in_it(bob_reader, document, team, join, trail):
    inside, outside = join("ivan", "viewer", group=team), join("olga", "viewer")
    assert share_document(bob_reader, document, group=team)
    assert [is_seen(inside, document), is_seen(outside, document)] == [True, False]
    assert unshare_document(bob_reader, document, group=team)
    assert not is_seen(inside, document)
    assert [action for action, _ in trail()] == ["document.shared", "document.unshared"]


def test_naming_somebody_twice_is_naming_them_once(bob_reader, alice_reader, member_of, document, trail):
    alice = member_of(alice_reader)
    assert [share_document(bob_reader, document, member=alice) for _ in range(2)] == [True, False]
    assert [unshare_document(bob_reader, document, member=alice) for _ in range(2)] == [True, False]
    assert len(trail()) == 2


@pytest.mark.parametrize("named", [{}, {"member": True, "group": True}])
def test_one_is_named_at_a_time(bob_reader, member_of, team, document, named):
    subjects = {"member": member_of(bob_reader), "group": team}
    with pytest.raises(Invalid):
        share_document(bob_reader, document, **{name: subjects[name] for name in named})


def test_nobody_of_another_workspace_can_be_named(bob_reader, charlie, other, document, stand):
    before = stand()
    for subject in ({"member": Membership.objects.get(user=charlie)}, {"group": Group.objects.create(workspace=other, name="Theirs")}):
        for act in (share_document, unshare_document):
            with pytest.raises(NotFound):
                act(bob_reader, document, **subject)
    assert stand() == before


def test_who_may_not_see_people_names_nobody(join, shelf, team, add_document, member_of):
    alone = join("nemo", permissions=["document.view", "document.add", "document.manage"])
    document = add_document(shelf, alone.user)
    with pytest.raises(NotFound):
        share_document(alone, document, group=team)


def every_change(reader, document, *, group, collection):
    return (
        lambda: set_access(reader, document, Access.INTERNAL),
        lambda: share_document(reader, document, group=group),
        lambda: unshare_document(reader, document, group=group),
        lambda: move_document(reader, document, collection),
    )


@pytest.mark.parametrize("role", ["viewer", "member"])
def test_who_only_sees_a_document_changes_nothing_about_it(role, join, document, team, make_shelf, stand):
    reader = join("ivan", role, group=team)
    DocumentGrant.objects.create(document=document, group=team)
    collection = make_shelf("Open", "write")
    before = stand()
    for change in every_change(reader, document, group=team, collection=collection):
        with pytest.raises(NotAllowed, match=r"document\.manage"):
            change()
    assert stand() == before


@pytest.mark.parametrize("role", ["viewer", "member", "editor", "admin", "owner"])
def test_no_role_changes_what_it_does_not_see(role, join, document, team, make_shelf, stand):
    collection = make_shelf("Open", "write")
    before = stand()
    for change in every_change(join("ivan", role), document, group=team, collection=collection):
        with pytest.raises(NotFound):
            change()
    assert stand() == before


def test_a_stranger_changes_nothing(charlie_reader, document, team, make_shelf, stand):
    Document.objects.update(access=Access.PUBLIC)
    collection = make_shelf("Open", "write")
    before = stand()
    for change in every_change(charlie_reader, document, group=team, collection=collection):
        with pytest.raises(NotFound):
            change()
    assert stand() == before


def test_an_owner_who_was_made_a_viewer_no_longer_manages(bob, acme, reader_of, document, stand):
    acme.memberships.filter(user=bob).update(role="viewer")
    before = stand()
    with pytest.raises(NotAllowed):
        set_access(reader_of(bob, acme), document, Access.PUBLIC)
    assert stand() == before


def test_an_editor_manages_what_names_them(join, document, team):
    editor = join("edda", "editor", group=team)
    DocumentGrant.objects.create(document=document, group=team)
    assert set_access(editor, document, Access.PUBLIC).access == "public"


# --- moving


def test_moving_an_internal_document_changes_its_readers(bob_reader, join, team, document, make_shelf, trail):
    Document.objects.update(access=Access.INTERNAL)
    ivan = join("ivan", "viewer")
    target = make_shelf("Open", "write")
    assert not is_seen(ivan, document)
    before = str(document.collection_id)
    assert move_document(bob_reader, document, target).collection == target
    assert is_seen(ivan, document)
    assert trail() == [("document.moved", {"before": before, "after": str(target.pk), "access": "internal"})]


def test_moving_to_where_it_is_changes_nothing(alice_reader, alice, make_shelf, add_document, stand):
    target = make_shelf("Open", "write")
    document = add_document(target, alice)
    before = stand()
    move_document(alice_reader, document, target)
    assert stand() == before


def test_a_document_goes_only_where_one_may_add(bob_reader, document, make_shelf, other, stand):
    hidden, foreign, read_only = make_shelf("Hidden"), make_shelf("Theirs", "write", other), make_shelf("Read", "read")
    before = stand()
    for target, error in ((hidden, NotFound), (foreign, NotFound), (read_only, NotAllowed)):
        with pytest.raises(error):
            move_document(bob_reader, document, target)
    assert stand() == before


def test_nothing_goes_into_the_handbook_or_out_of_it(alice_reader, alice, make_shelf, shelf, add_document, stand):
    # The next start removes from its collection whatever is no page of it, and adds what is missing.
    handbook = make_shelf("Handbook", "read")
    page, document = add_document(handbook, alice), add_document(shelf, alice)
    before = stand()
    with pytest.raises(Conflict, match="handbook"):
        move_document(alice_reader, page, shelf)
    with pytest.raises(NotAllowed):
        move_document(alice_reader, document, handbook)
    assert stand() == before


# --- what is told beforehand is what comes


@pytest.mark.parametrize("access", Access.values)
@pytest.mark.parametrize("place", ["shelf", "open", "granted"])
def test_what_is_foretold_is_what_is_seen_afterwards(access, place, document, join, team, make_shelf, shelf, alice_reader, bob_reader):
    from apps.documents.models import CollectionGrant

    collection = {"shelf": shelf, "open": make_shelf("Open", "read"), "granted": make_shelf("Granted")}[place]
    CollectionGrant.objects.create(collection=make_shelf("Other granted"), group=team)
    if place == "granted":
        CollectionGrant.objects.create(collection=collection, group=team)
    named, plain = join("nora", "editor"), join("ivan", "editor", group=team)
    DocumentGrant.objects.create(document=document, member_id=named.membership_id)
    everybody = (alice_reader, bob_reader, named, plain)
    foretold = [sees(reader, document, access, collection) for reader in everybody]
    Document.objects.update(access=access, collection=collection)
    assert foretold == [is_seen(reader, document) for reader in everybody]


# --- at the same time


@pytest.mark.django_db(transaction=True)
def test_many_at_once_name_somebody_once(bob_reader, alice_reader, member_of, document, trail):
    alice = member_of(alice_reader)
    barrier, answers = threading.Barrier(6), []

    def work():
        barrier.wait()
        answers.append(share_document(bob_reader, document, member=alice))
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(answers) == [False] * 5 + [True]
    assert DocumentGrant.objects.count() == 1
    assert len(trail("document.shared")) == 1


@pytest.mark.django_db(transaction=True)
def test_somebody_who_leaves_while_they_are_named_is_not_found(bob_reader, alice_reader, member_of, document, monkeypatch):
    from apps.documents.services import sharing

    alice = member_of(alice_reader)

    def leave_first(*args, **kwargs):
        # Another connection, as another process would.
        thread = threading.Thread(target=lambda: (Membership.objects.filter(pk=alice.pk).delete(), connections.close_all()))
        thread.start()
        thread.join()

    monkeypatch.setattr(sharing, "record", leave_first)
    with pytest.raises(NotFound):
        share_document(bob_reader, document, member=alice)
    assert not DocumentGrant.objects.exists()
    assert connection.in_atomic_block is False
