import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.accounts.models.workspace import Workspace
from apps.accounts.querysets import ApiKeyQuerySet


class ApiKey(models.Model):
    """A program's way in, as its owner, in one workspace, with some of the owner's permissions. Never deleted, only revoked.

    The key itself is shown once and not kept: `digest` is its SHA-256 in hex, `public_id` the part of it that finds the row.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=16, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    name = models.CharField(max_length=80)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="api_keys")
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    # The key that this one takes the place of; that one goes on until its grace period is over.
    replaces = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replaced_by")

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [models.Index(fields=["workspace", "owner", "-created_at"], name="api_key_list")]

    def __str__(self) -> str:
        return f"{self.name} ({self.public_id})"
