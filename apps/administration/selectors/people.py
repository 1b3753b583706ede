"""What the pages about people read beside their own rows, as the operator who asks."""

from collections.abc import Iterable
from uuid import UUID

from apps.accounts.models import Membership, Role, User
from apps.accounts.types import Operator


def get_account(operator: Operator, user_id: UUID) -> User:
    """The person as they stand in the database, for telling what a form would change."""
    account: User = User.objects.visible_to_operator(operator).get(pk=user_id)
    return account


def list_workspace_ids(operator: Operator, person: User | None) -> list[UUID]:
    """The workspaces that this person is in; none for one who is not there yet."""
    return list(Membership.objects.all().visible_to_operator(operator).filter(user=person).values_list("workspace", flat=True))


def list_custom_roles(operator: Operator, workspace_ids: Iterable[UUID]) -> dict[UUID, list[tuple[str, str]]]:
    """Custom roles by workspace, each with its id and its name; one query."""
    roles: dict[UUID, list[tuple[str, str]]] = {}
    for role in Role.objects.all().visible_to_operator(operator).filter(workspace__in=list(workspace_ids)):
        roles.setdefault(role.workspace_id, []).append((str(role.pk), role.name))
    return roles
