from typing import ClassVar

from django.conf import settings
from django.db import models

from apps.accounts.models.role import Role, RoleName
from apps.accounts.models.workspace import Workspace
from apps.accounts.querysets import InWorkspaceQuerySet


class Membership(models.Model):
    """What a person is in a workspace. Leaving it takes groups and grants along: they hang on this row."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=RoleName, default=RoleName.MEMBER)
    custom_role = models.ForeignKey(Role, on_delete=models.PROTECT, null=True, blank=True, related_name="memberships", help_text="For the role “custom” only.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = InWorkspaceQuerySet["Membership"].as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "workspace"], name="one_membership_a_workspace"),
            models.CheckConstraint(condition=models.Q(role__in=RoleName.values), name="membership_role_known"),
            models.CheckConstraint(
                condition=models.Q(role=RoleName.CUSTOM, custom_role__isnull=False) | (~models.Q(role=RoleName.CUSTOM) & models.Q(custom_role__isnull=True)),
                name="membership_custom_role_fits",
                violation_error_message="Choose a custom role with the role “custom”, and only with it.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.role_label} of {self.workspace}"

    @property
    def role_label(self) -> str:
        """The role's name as people read it."""
        return self.custom_role.name if self.custom_role else self.get_role_display()
