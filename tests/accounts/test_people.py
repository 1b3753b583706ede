"""Who is in a workspace as what: changed by its own admins within what they have, and by operators; an owner always stays."""

from threading import Barrier, Thread

import pytest
from django.db import connection

from apps.accounts.models import AuditEntry, Membership, Role, User
from apps.accounts.selectors.operators import get_operator
from apps.accounts.selectors.readers import get_reader
from apps.accounts.services.people import add_member, change_role, remove_member
from apps.common.errors import Conflict, Invalid, NotAllowed, NotFound

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana(make_user):
    return make_user("dana")


@pytest.fixture
def adam(make_user, acme):
    """An admin of Acme."""
    user = make_user("adam")
    Membership.objects.create(user=user, workspace=acme, role="admin")
    return get_reader(user, acme.slug)


@pytest.fixture
def operator(root):
    return get_operator(root)


@pytest.fixture
def actors(alice_reader, bob_reader, charlie_reader, adam, operator, make_user):
    looking = get_operator(make_user("olga", operator_role="operations"))
    return {"owner": alice_reader, "admin": adam, "member": bob_reader, "stranger": charlie_reader, "operator": operator, "operations": looking}


def role_of(membership_id):
    membership = Membership.objects.filter(pk=membership_id).first()
    return membership and membership.role


def actions():
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


@pytest.mark.parametrize(
    ("who", "refused"),
    [("owner", None), ("admin", None), ("operator", None), ("member", NotAllowed), ("stranger", NotFound), ("operations", NotAllowed)],
)
def test_who_may_add_change_and_remove_people(actors, who, refused, acme, dana, bob_reader):
    changes = (
        lambda: add_member(actors[who], workspace_id=acme.pk, email=dana.email),
        lambda: change_role(actors[who], membership_id=bob_reader.membership_id, role="viewer"),
        lambda: remove_member(actors[who], membership_id=bob_reader.membership_id),
    )
    if refused:
        for change in changes:
            with pytest.raises(refused):
                change()
        assert (role_of(bob_reader.membership_id), dana.memberships.count(), actions()) == ("member", 0, [])
    else:
        for change in changes:
            change()
        assert (role_of(bob_reader.membership_id), dana.memberships.count()) == (None, 1)
        assert actions() == ["membership.added", "membership.changed", "membership.removed"]


def test_another_workspaces_membership_is_not_there(charlie_reader, alice_reader, bob_reader):
    """An owner elsewhere, and not a word about whether the id exists."""
    for membership_id in (bob_reader.membership_id, 999_999, "nonsense", None):
        with pytest.raises(NotFound):
            change_role(charlie_reader, membership_id=membership_id, role="viewer")
        with pytest.raises(NotFound):
            remove_member(charlie_reader, membership_id=membership_id)


def test_the_audit_trail_says_what_changed(alice, alice_reader, bob_reader, acme):
    change_role(alice_reader, membership_id=bob_reader.membership_id, role="editor")
    entry = AuditEntry.objects.get()
    assert (entry.actor_id, entry.workspace_id, entry.object_type, entry.object_id) == (alice.pk, acme.pk, "membership", str(bob_reader.membership_id))
    assert entry.detail == {"user_id": str(bob_reader.user.pk), "before": "member", "after": "editor"}


def test_the_same_role_again_changes_nothing(alice_reader, bob_reader):
    change_role(alice_reader, membership_id=bob_reader.membership_id, role="member")
    assert actions() == []


def test_only_owners_and_operators_make_and_touch_owners(adam, alice_reader, bob_reader, operator, acme, dana):
    for change in (
        lambda: add_member(adam, workspace_id=acme.pk, email=dana.email, role="owner"),
        lambda: change_role(adam, membership_id=bob_reader.membership_id, role="owner"),
        lambda: change_role(adam, membership_id=adam.membership_id, role="owner"),
        lambda: change_role(adam, membership_id=alice_reader.membership_id, role="viewer"),
        lambda: remove_member(adam, membership_id=alice_reader.membership_id),
    ):
        with pytest.raises(NotAllowed, match=r"more than they have|Only an owner"):
            change()
    change_role(alice_reader, membership_id=bob_reader.membership_id, role="owner")
    change_role(operator, membership_id=alice_reader.membership_id, role="member")
    assert [role_of(reader.membership_id) for reader in (alice_reader, bob_reader)] == ["member", "owner"]


def test_nobody_gives_a_custom_role_with_rights_that_they_lack(bob_reader, alice_reader, acme, dana):
    narrow = Role.objects.create(workspace=acme, name="Reception", permissions=["people.view", "people.manage", "document.view"])
    wide = Role.objects.create(workspace=acme, name="Archive", permissions=["document.view", "document.manage"])
    change_role(alice_reader, membership_id=bob_reader.membership_id, role="custom", custom_role_id=narrow.pk)
    reception = get_reader(bob_reader.user, acme.slug)
    with pytest.raises(NotAllowed, match="Manage documents"):
        add_member(reception, workspace_id=acme.pk, email=dana.email, role="custom", custom_role_id=wide.pk)
    with pytest.raises(NotAllowed, match="Ask questions"):
        add_member(reception, workspace_id=acme.pk, email=dana.email, role="viewer")
    assert add_member(reception, workspace_id=acme.pk, email=dana.email, role="custom", custom_role_id=narrow.pk).role_label == "Reception"


def test_a_role_is_one_of_the_table_or_of_the_workspace(alice_reader, bob_reader, acme, other):
    own = Role.objects.create(workspace=acme, name="Own", permissions=[])
    theirs = Role.objects.create(workspace=other, name="Theirs", permissions=[])
    for role, custom, error in (
        ("king", None, Invalid),
        ("custom", None, Invalid),
        ("member", own.pk, Invalid),
        ("custom", theirs.pk, NotFound),
        ("custom", "nonsense", NotFound),
    ):
        with pytest.raises(error):
            change_role(alice_reader, membership_id=bob_reader.membership_id, role=role, custom_role_id=custom)
    assert role_of(bob_reader.membership_id) == "member"


def test_who_has_no_account_or_is_in_it_already_is_not_added(alice_reader, acme, bob, dana):
    User.objects.filter(pk=dana.pk).update(is_active=False)
    for email in ("nobody@example.org", dana.email):
        with pytest.raises(NotFound, match="Nobody has an account"):
            add_member(alice_reader, workspace_id=acme.pk, email=email)
    with pytest.raises(Conflict, match="Bob is in this workspace already"):
        add_member(alice_reader, workspace_id=acme.pk, email=f" {bob.email.upper()} ")


def test_the_last_owner_stays_one(alice_reader, operator, bob_reader):
    for actor in (alice_reader, operator):
        with pytest.raises(Conflict, match="Alice is the last owner of Acme"):
            change_role(actor, membership_id=alice_reader.membership_id, role="admin")
        with pytest.raises(Conflict, match="last owner"):
            remove_member(actor, membership_id=alice_reader.membership_id)
    assert change_role(alice_reader, membership_id=alice_reader.membership_id, role="owner").role == "owner"


def test_an_owner_who_is_switched_off_is_no_other_owner(alice_reader, bob_reader):
    change_role(alice_reader, membership_id=bob_reader.membership_id, role="owner")
    User.objects.filter(pk=bob_reader.user.pk).update(is_active=False)
    with pytest.raises(Conflict):
        change_role(alice_reader, membership_id=alice_reader.membership_id, role="admin")
    remove_member(alice_reader, membership_id=bob_reader.membership_id)


def test_rights_are_those_of_this_moment(alice_reader, bob_reader, operator, root):
    """A reader that was read a second ago says nothing about now."""
    change_role(alice_reader, membership_id=bob_reader.membership_id, role="owner")
    bob_now = get_reader(bob_reader.user, bob_reader.workspace.slug)
    change_role(bob_now, membership_id=alice_reader.membership_id, role="member")
    with pytest.raises(NotAllowed):
        change_role(alice_reader, membership_id=bob_reader.membership_id, role="viewer")
    User.objects.filter(pk=root.pk).update(operator_role="developer")
    with pytest.raises(NotAllowed):
        remove_member(operator, membership_id=alice_reader.membership_id)
    User.objects.filter(pk=root.pk).delete()
    with pytest.raises(NotFound):
        remove_member(operator, membership_id=alice_reader.membership_id)


def test_a_workspace_that_is_gone_has_no_people(operator, acme, dana):
    acme.delete()
    with pytest.raises(NotFound):
        add_member(operator, workspace_id=acme.pk, email=dana.email)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "change",
    [
        lambda reader: change_role(reader, membership_id=reader.membership_id, role="member"),
        lambda reader: remove_member(reader, membership_id=reader.membership_id),
    ],
)
def test_of_two_owners_who_step_down_at_once_one_stays(alice_reader, bob_reader, acme, change):
    Membership.objects.filter(pk=bob_reader.membership_id).update(role="owner")
    readers = [get_reader(reader.user, acme.slug) for reader in (alice_reader, bob_reader)]
    outcomes = at_once(readers, change)
    assert sorted(outcomes) == ["Conflict", "done"]
    assert Membership.objects.filter(workspace=acme, role="owner").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_who_demote_each_other_at_once_one_stays(alice_reader, bob_reader, acme):
    Membership.objects.filter(pk=bob_reader.membership_id).update(role="owner")
    alice_now, bob_now = (get_reader(reader.user, acme.slug) for reader in (alice_reader, bob_reader))
    outcomes = at_once([(alice_now, bob_now), (bob_now, alice_now)], lambda pair: change_role(pair[0], membership_id=pair[1].membership_id, role="member"))
    assert sorted(outcomes) == ["NotAllowed", "done"]
    assert Membership.objects.filter(workspace=acme, role="owner").count() == 1


def at_once(arguments, change):
    """Call `change` with each argument in a thread of its own, together; what became of each."""
    barrier, outcomes = Barrier(len(arguments)), []

    def run(argument):
        try:
            barrier.wait(10)
            change(argument)
            outcomes.append("done")
        except Exception as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(argument,)) for argument in arguments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes
