"""Custom roles of a workspace: names for sets of permissions out of the table."""

from collections.abc import Iterable
from uuid import UUID

from apps.accounts.models import Role
from apps.accounts.permissions import CUSTOM_NAMES
from apps.accounts.services.actors import Actor, checked, find, people_of, record_by, require_gift
from apps.common.errors import Conflict, Invalid


def create_custom_role(actor: Actor, *, workspace_id: UUID, name: str, permissions: Iterable[str], description: str = "") -> Role:
    with people_of(actor, workspace_id) as now:
        role = Role(workspace_id=workspace_id, name=name.strip(), description=description.strip(), permissions=_chosen(permissions))
        require_gift(now, role.permissions)
        _save(role)
        record_by(now, "role.made", role, name=role.name, permissions=role.permissions)
    return role


def change_custom_role(actor: Actor, *, role_id: object, name: str, permissions: Iterable[str], description: str = "") -> Role:
    """Change a custom role for everybody who has it. What is added must be the actor's own; anything may be taken away."""
    found: Role = find(actor, Role.objects.all(), role_id)
    with people_of(actor, found.workspace_id) as now:
        role: Role = find(now, Role.objects.all(), role_id)
        before, chosen = set(role.permissions), _chosen(permissions)
        require_gift(now, set(chosen) - before)
        role.name, role.description, role.permissions = name.strip(), description.strip(), chosen
        _save(role)
        record_by(now, "role.changed", role, name=role.name, added=sorted(set(chosen) - before), removed=sorted(before - set(chosen)))
    return role


def delete_custom_role(actor: Actor, *, role_id: object) -> None:
    """Raise Conflict while somebody has the role: nobody's rights change in passing."""
    found: Role = find(actor, Role.objects.all(), role_id)
    with people_of(actor, found.workspace_id) as now:
        role: Role = find(now, Role.objects.all(), role_id)
        count = role.memberships.count()
        if count:
            whose = "One person has" if count == 1 else f"{count} people have"
            raise Conflict(f"{whose} the role {role}. Give them another role first.")
        record_by(now, "role.removed", role, name=role.name, permissions=role.permissions)
        role.delete()


def _chosen(permissions: Iterable[str]) -> list[str]:
    chosen = set(permissions)
    if unknown := sorted(chosen - CUSTOM_NAMES):
        raise Invalid(f"A custom role cannot be made of: {', '.join(unknown)}.")
    return sorted(chosen)


def _save(role: Role) -> None:
    if Role.objects.filter(workspace=role.workspace_id, name=role.name).exclude(pk=role.pk).exists():
        raise Conflict(f"There is a role named {role} in this workspace already.")
    checked(role).save()
