"""Who may what, as the page of permissions shows it."""

from dataclasses import dataclass

from apps.accounts.models import Membership, Role, RoleName
from apps.accounts.permissions import ROLES, permissions_of
from apps.accounts.types import Reader


@dataclass(frozen=True, slots=True)
class RoleColumn:
    """A role, built in or of this workspace, and whether it is the reader's own."""

    name: str
    permissions: frozenset[str]
    is_own: bool


def list_role_columns(reader: Reader) -> list[RoleColumn]:
    """The built-in roles from the lowest, then the workspace's own by name. Everybody in the workspace may know them."""
    own_role = Membership.objects.filter(pk=reader.membership_id).values_list("custom_role", flat=True).first()
    built_in = [RoleColumn(role.label, permissions, role == reader.role) for role, permissions in ROLES.items()]
    roles = Role.objects.filter(workspace=reader.workspace).order_by("name")
    return built_in + [RoleColumn(role.name, permissions_of(RoleName.CUSTOM, role.permissions), role.pk == own_role) for role in roles]
