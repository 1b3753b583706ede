"""Groups and custom roles of a workspace, changed by its own admins within what they have, and by operators."""

import pytest

from apps.accounts.models import AuditEntry, Group, GroupMember, Membership, Role
from apps.accounts.selectors.operators import get_operator
from apps.accounts.selectors.readers import get_reader
from apps.accounts.services.groups import add_group_member, change_group, create_group, delete_group, remove_group_member
from apps.accounts.services.people import change_role
from apps.accounts.services.roles import change_custom_role, create_custom_role, delete_custom_role
from apps.common.errors import Conflict, Invalid, NotAllowed, NotFound

pytestmark = pytest.mark.django_db


@pytest.fixture
def group(alice_reader, acme):
    return create_group(alice_reader, workspace_id=acme.pk, name=" Team ", description="Who builds")


@pytest.fixture
def role(alice_reader, acme):
    return create_custom_role(alice_reader, workspace_id=acme.pk, name="Reads", permissions=["document.view", "chat.ask"])


@pytest.fixture
def actors(alice_reader, bob_reader, charlie_reader, root, make_user):
    looking = get_operator(make_user("olga", operator_role="operations"))
    return {"owner": alice_reader, "member": bob_reader, "stranger": charlie_reader, "operator": get_operator(root), "operations": looking}


WHO = [("owner", None), ("operator", None), ("member", NotAllowed), ("stranger", NotFound), ("operations", NotAllowed)]


def run_all(changes, refused):
    for change in changes:
        if refused:
            with pytest.raises(refused):
                change()
        else:
            change()


@pytest.mark.parametrize(("who", "refused"), WHO)
def test_who_may_change_groups(actors, who, refused, group, bob_reader, acme):
    actor, member = actors[who], bob_reader.membership_id
    before = AuditEntry.objects.count()
    run_all(
        (
            lambda: create_group(actor, workspace_id=acme.pk, name="Second"),
            lambda: add_group_member(actor, group_id=group.pk, membership_id=member),
            lambda: change_group(actor, group_id=group.pk, name="Renamed", description="x"),
            lambda: remove_group_member(actor, group_id=group.pk, membership_id=member),
            lambda: delete_group(actor, group_id=group.pk),
        ),
        refused,
    )
    assert list(Group.objects.values_list("name", flat=True)) == (["Team"] if refused else ["Second"])
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))[before:]
    assert actions == ([] if refused else ["group.made", "group_member.added", "group.changed", "group_member.removed", "group.removed"])


@pytest.mark.parametrize(("who", "refused"), WHO)
def test_who_may_change_custom_roles(actors, who, refused, role, acme):
    actor = actors[who]
    before = AuditEntry.objects.count()
    run_all(
        (
            lambda: create_custom_role(actor, workspace_id=acme.pk, name="Second", permissions=["chat.ask"]),
            lambda: change_custom_role(actor, role_id=role.pk, name="Reads", permissions=["document.view"]),
            lambda: delete_custom_role(actor, role_id=role.pk),
        ),
        refused,
    )
    assert list(Role.objects.values_list("name", flat=True)) == (["Reads"] if refused else ["Second"])
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))[before:]
    assert actions == ([] if refused else ["role.made", "role.changed", "role.removed"])


def test_nobody_of_another_workspace_comes_into_a_group(group, alice_reader, charlie_reader, root):
    for actor in (alice_reader, get_operator(root)):
        with pytest.raises(NotFound):
            add_group_member(actor, group_id=group.pk, membership_id=charlie_reader.membership_id)
        with pytest.raises(NotFound):
            remove_group_member(actor, group_id=group.pk, membership_id=charlie_reader.membership_id)
    assert not group.members.exists()


def test_joining_and_leaving_twice_is_once(group, alice_reader, bob_reader):
    for change in (add_group_member, remove_group_member):
        for _ in range(2):
            change(alice_reader, group_id=group.pk, membership_id=bob_reader.membership_id)
    assert AuditEntry.objects.filter(action__startswith="group_member.").count() == 2


def test_names_are_given_once_in_a_workspace_and_are_not_empty(group, role, alice_reader, charlie_reader, acme, other):
    with pytest.raises(Conflict, match="a group named Team"):
        create_group(alice_reader, workspace_id=acme.pk, name="Team")
    with pytest.raises(Conflict, match="a role named Reads"):
        create_custom_role(alice_reader, workspace_id=acme.pk, name="Reads", permissions=[])
    with pytest.raises(Invalid):
        change_group(alice_reader, group_id=group.pk, name=" ")
    with pytest.raises(Invalid):
        create_group(alice_reader, workspace_id=acme.pk, name="x" * 81)
    assert create_group(charlie_reader, workspace_id=other.pk, name="Team").name == group.name
    assert change_group(alice_reader, group_id=group.pk, name="Team").name == "Team"


def test_deleting_a_group_leaves_its_people(group, alice_reader, bob_reader):
    add_group_member(alice_reader, group_id=group.pk, membership_id=bob_reader.membership_id)
    delete_group(alice_reader, group_id=group.pk)
    assert not GroupMember.objects.exists()
    assert Membership.objects.filter(pk=bob_reader.membership_id).exists()


def test_a_custom_role_is_made_of_what_can_be_put_together(alice_reader, acme):
    for permissions in (["workspace.manage"], ["no.such"]):
        with pytest.raises(Invalid, match=permissions[0]):
            create_custom_role(alice_reader, workspace_id=acme.pk, name="King", permissions=permissions)
    assert not Role.objects.exists()


def test_nobody_puts_rights_into_a_role_that_they_lack(alice_reader, bob_reader, acme):
    permissions = ["people.manage", "people.view", "document.view"]
    reception = create_custom_role(alice_reader, workspace_id=acme.pk, name="Reception", permissions=permissions)
    archive = create_custom_role(alice_reader, workspace_id=acme.pk, name="Archive", permissions=["document.view", "document.manage"])
    change_role(alice_reader, membership_id=bob_reader.membership_id, role="custom", custom_role_id=reception.pk)
    bob = get_reader(bob_reader.user, acme.slug)
    for change in (
        lambda: create_custom_role(bob, workspace_id=acme.pk, name="Mine", permissions=["key.manage"]),
        lambda: change_custom_role(bob, role_id=reception.pk, name="Reception", permissions=[*permissions, "document.manage"]),
    ):
        with pytest.raises(NotAllowed, match="Nobody gives more than they have"):
            change()
    # What was there before may stay or be taken away.
    assert change_custom_role(bob, role_id=archive.pk, name="Old archive", permissions=["document.manage"]).permissions == ["document.manage"]


def test_a_role_that_somebody_has_is_not_deleted(role, alice_reader, bob_reader, acme):
    change_role(alice_reader, membership_id=bob_reader.membership_id, role="custom", custom_role_id=role.pk)
    with pytest.raises(Conflict, match="One person has the role Reads"):
        delete_custom_role(alice_reader, role_id=role.pk)
    change_role(alice_reader, membership_id=bob_reader.membership_id, role="member")
    delete_custom_role(alice_reader, role_id=role.pk)


def test_a_key_changes_people_only_within_its_scopes(alice_reader, acme):
    from dataclasses import replace

    key = replace(alice_reader, permissions=frozenset({"people.manage", "people.view"}), scopes=frozenset({"people.manage", "people.view"}))
    with pytest.raises(NotAllowed, match="Read documents"):
        create_custom_role(key, workspace_id=acme.pk, name="More", permissions=["document.view"])
