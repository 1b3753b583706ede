from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from apps.accounts.models import User, Workspace  # noqa: F401  (for annotations only)


class WorkspaceQuerySet(models.QuerySet["Workspace"]):
    def of(self, user: "User") -> Any:
        """The workspaces in which this person has a membership; none once the account is switched off."""
        return self.filter(memberships__user=user, memberships__user__is_active=True)
