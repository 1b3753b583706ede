"""Groups of a workspace: people to whom collections and documents are opened together."""

from uuid import UUID

from apps.accounts.models import Group, GroupMember, Membership
from apps.accounts.services.actors import Actor, checked, find, people_of, record_by
from apps.common.errors import Conflict


def create_group(actor: Actor, *, workspace_id: UUID, name: str, description: str = "") -> Group:
    with people_of(actor, workspace_id) as now:
        group = _save(Group(workspace_id=workspace_id, name=name.strip(), description=description.strip()))
        record_by(now, "group.made", group, name=group.name)
    return group


def change_group(actor: Actor, *, group_id: object, name: str, description: str = "") -> Group:
    found: Group = find(actor, Group.objects.all(), group_id)
    with people_of(actor, found.workspace_id) as now:
        group: Group = find(now, Group.objects.all(), group_id)
        group.name, group.description = name.strip(), description.strip()
        _save(group)
        record_by(now, "group.changed", group, name=group.name)
    return group


def delete_group(actor: Actor, *, group_id: object) -> None:
    """Delete a group; what was opened to it closes for its members."""
    found: Group = find(actor, Group.objects.all(), group_id)
    with people_of(actor, found.workspace_id) as now:
        group: Group = find(now, Group.objects.all(), group_id)
        record_by(now, "group.removed", group, name=group.name, member_count=group.members.count())
        group.delete()


def add_group_member(actor: Actor, *, group_id: object, membership_id: object) -> GroupMember:
    """Add a member of the group's workspace; somebody of another one is not found. Adding twice is adding once."""
    found: Group = find(actor, Group.objects.all(), group_id)
    with people_of(actor, found.workspace_id) as now:
        group: Group = find(now, Group.objects.all(), group_id)
        membership: Membership = find(now, Membership.objects.filter(workspace=group.workspace_id), membership_id)
        member, is_new = GroupMember.objects.get_or_create(group=group, membership=membership)
        if is_new:
            record_by(now, "group_member.added", member, workspace_id=group.workspace_id, group_id=str(group.pk), user_id=str(membership.user_id))
    return member


def remove_group_member(actor: Actor, *, group_id: object, membership_id: object) -> None:
    """Take somebody out of a group; who is not in it stays so."""
    found: Group = find(actor, Group.objects.all(), group_id)
    with people_of(actor, found.workspace_id) as now:
        membership: Membership = find(now, Membership.objects.filter(workspace=found.workspace_id), membership_id)
        member = GroupMember.objects.filter(group=found.pk, membership=membership).first()
        if member is not None:
            detail = {"group_id": str(found.pk), "user_id": str(membership.user_id)}
            record_by(now, "group_member.removed", member, workspace_id=found.workspace_id, **detail)
            member.delete()


def _save(group: Group) -> Group:
    if Group.objects.filter(workspace=group.workspace_id, name=group.name).exclude(pk=group.pk).exists():
        raise Conflict(f"There is a group named {group} in this workspace already.")
    checked(group).save()
    return group
