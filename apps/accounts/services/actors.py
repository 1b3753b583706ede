"""Who changes people, groups and roles: a reader in their own workspace, or an operator in each.

Nobody gives more than they have, and only who may manage a workspace touches its owners.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models, transaction

from apps.accounts.models import Membership, OperatorRole, RoleName, User, Workspace
from apps.accounts.permissions import PERMISSIONS
from apps.accounts.selectors.operators import get_operator
from apps.accounts.selectors.readers import renew
from apps.accounts.services.audit import record
from apps.accounts.types import Operator, Reader
from apps.common.errors import Invalid, NotAllowed, NotFound

Actor = Reader | Operator
M = TypeVar("M", bound=models.Model)
_LABELS = {permission.name: permission.label for permission in PERMISSIONS}


@contextmanager
def people_of(actor: Actor, workspace_id: UUID) -> Iterator[Actor]:
    """Open a transaction in which nobody else changes the people of this workspace, and hand out the actor as of now.

    1. Who may not, or whose workspace it is not, is refused before anything is locked.
    2. The workspace's row is locked, against others who change its people but not against rows that refer to it.
    3. Rights are read anew: whoever was waiting may have lost theirs to who went first.
    """
    _require_people(actor, workspace_id)
    with transaction.atomic():
        if not Workspace.objects.select_for_update(no_key=True).filter(pk=workspace_id).values_list("pk"):
            raise NotFound
        now = _as_of_now(actor)
        _require_people(now, workspace_id)
        yield now


def as_operator_now(actor: Actor) -> Operator:
    """Return the operator with the rights of this moment; raise NotAllowed for who may not change people as one."""
    now = _as_of_now(actor) if isinstance(actor, Operator) else None
    if now is None or not isinstance(now, Operator) or not now.can_change(User):
        raise NotAllowed("operator", "Only operators who look after people may do this.")
    return now


def as_administrator(operator: Operator) -> None:
    if operator.role != OperatorRole.ADMINISTRATOR:
        raise NotAllowed("operator.administrator", "Only administrators of the installation may do this.")


# Any: each of these querysets has both filters, and no type in common that says so.
def find(actor: Actor, rows: Any, pk: object) -> Any:
    """Return the row with this id where the actor sees it; absent, foreign, hidden and malformed are the same NotFound."""
    visible = rows.visible_to(actor) if isinstance(actor, Reader) else rows.visible_to_operator(actor)
    try:
        row = visible.filter(pk=pk).first()
    except (ValidationError, ValueError, TypeError):
        raise NotFound from None
    if row is None:
        raise NotFound
    return row


def require_gift(actor: Actor, permissions: Iterable[str]) -> None:
    """Raise NotAllowed where a reader would give a right that they do not have themselves."""
    missing = sorted(set(permissions) - actor.permissions) if isinstance(actor, Reader) else []
    if missing:
        labels = ", ".join(f"“{_LABELS.get(name, name)}”" for name in missing)
        raise NotAllowed(missing[0], f"Nobody gives more than they have. You lack: {labels}.")


def require_reach(actor: Actor, membership: Membership) -> None:
    """Raise NotAllowed where somebody who is no owner would touch one."""
    if membership.role == RoleName.OWNER and isinstance(actor, Reader) and not actor.can("workspace.manage"):
        raise NotAllowed("workspace.manage", "Only an owner may change or remove an owner.")


def checked(row: M) -> M:
    """Return the row if its fields and constraints hold; raise Invalid with what does not."""
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid(" ".join(error.messages)) from None
    return row


# Any: whatever JSON can hold.
def record_by(actor: Actor, action: str, target: models.Model, *, workspace_id: UUID | None = None, **detail: Any) -> None:
    who: dict[str, Any] = {"reader": actor} if isinstance(actor, Reader) else {"actor": actor.user}
    record(action, **who, target=target, workspace_id=workspace_id, **detail)


def _require_people(actor: Actor, workspace_id: UUID) -> None:
    if isinstance(actor, Reader):
        if workspace_id != actor.workspace.pk:
            raise NotFound
        actor.require("people.manage")
    elif not actor.can_change(Membership):
        raise NotAllowed("operator.people", "Your operator role may look at people, not change them.")


def _as_of_now(actor: Actor) -> Actor:
    if isinstance(actor, Reader):
        return renew(actor)
    user = User.objects.filter(pk=actor.user.pk).first()
    if user is None:
        raise NotFound
    return get_operator(user)
