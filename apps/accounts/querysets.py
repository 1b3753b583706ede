"""The filters of people's rows. `visible_to(reader)` is the only way from an id to a row for who is in a workspace,
`visible_to_operator(operator)` for who looks after the installation."""

from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from django.db import models
from django.utils import timezone

if TYPE_CHECKING:
    from apps.accounts.models import ApiKey, AuditEntry, GroupMember, User, Workspace  # noqa: F401  (for annotations only)
    from apps.accounts.types import Operator, Reader

M = TypeVar("M", bound=models.Model)


class WorkspaceQuerySet(models.QuerySet["Workspace"]):
    def of(self, user: "User") -> Any:
        """The workspaces in which this person has a membership; none once the account is switched off."""
        return self.filter(memberships__user=user, memberships__user__is_active=True)

    def visible_to_operator(self, operator: "Operator") -> Self:
        return self if operator.can_view(self.model) else self.none()


class UserQuerySet(models.QuerySet["User"]):
    def visible_to_operator(self, operator: "Operator") -> Self:
        return self if operator.can_view(self.model) else self.none()


class InWorkspaceQuerySet(models.QuerySet[M], Generic[M]):
    """Rows of a workspace that everybody sees who may see its people: memberships, groups, roles."""

    def visible_to(self, reader: "Reader") -> Self:
        return self.filter(workspace=reader.workspace) if reader.can("people.view") else self.none()

    def visible_to_operator(self, operator: "Operator") -> Self:
        return self if operator.can_view(self.model) else self.none()


class GroupMemberQuerySet(models.QuerySet["GroupMember"]):
    def visible_to(self, reader: "Reader") -> Self:
        return self.filter(group__workspace=reader.workspace) if reader.can("people.view") else self.none()

    def visible_to_operator(self, operator: "Operator") -> Self:
        return self if operator.can_view(self.model) else self.none()


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def visible_to(self, reader: "Reader") -> Self:
        """One's own keys; everybody's for who may manage them."""
        in_workspace = self.filter(workspace=reader.workspace)
        if reader.can("key.manage"):
            return in_workspace
        # Also for who may make none any more: what they have goes on, and is theirs to end.
        return in_workspace.filter(owner=reader.user)

    def visible_to_operator(self, operator: "Operator") -> Self:
        return self if operator.can_view(self.model) else self.none()

    def alive(self) -> Self:
        """Neither revoked nor expired, of a person who may still sign in."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=timezone.now(), owner__is_active=True)


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def visible_to_operator(self, operator: "Operator") -> Self:
        return self if operator.can_view(self.model) else self.none()
