import uuid
from typing import ClassVar

from django.db import models

from apps.accounts.models.membership import Membership
from apps.accounts.models.workspace import Workspace
from apps.accounts.querysets import GroupMemberQuerySet, InWorkspaceQuerySet


class Group(models.Model):
    """Some people of a workspace, to whom collections and documents are opened together."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="groups")
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = InWorkspaceQuerySet["Group"].as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "name"], name="group_name_unique")]

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    """A membership in a group. Both are of one workspace: `services.groups` sees to it, a trigger holds it."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="members")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="groups")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = GroupMemberQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["group", "membership"], name="once_in_a_group")]

    def __str__(self) -> str:
        return f"{self.membership_id} in {self.group}"
