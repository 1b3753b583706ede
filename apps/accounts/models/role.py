import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.accounts.models.workspace import Workspace
from apps.accounts.querysets import InWorkspaceQuerySet


class RoleName(models.TextChoices):
    """The built-in roles, and `custom` for a membership whose rights are those of a `Role`."""

    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    EDITOR = "editor", "Editor"
    MEMBER = "member", "Member"
    VIEWER = "viewer", "Viewer"
    CUSTOM = "custom", "Custom"


class Role(models.Model):
    """A custom role of a workspace: a name for a set of permissions out of the table in `permissions.py`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="roles")
    name = models.CharField(max_length=60)
    description = models.CharField(max_length=300, blank=True)
    permissions = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = InWorkspaceQuerySet["Role"].as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "name"], name="role_name_unique")]

    def __str__(self) -> str:
        return self.name
