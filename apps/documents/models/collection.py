import uuid
from typing import ClassVar

from django.db import models

from apps.accounts.models import Workspace
from apps.documents.querysets import CollectionQuerySet


class Level(models.TextChoices):
    """What somebody may do in a collection; each level includes those before it."""

    NONE = "none", "Nothing"
    READ = "read", "Read"
    WRITE = "write", "Read and add"
    MANAGE = "manage", "Manage"


class Collection(models.Model):
    """A shelf of a workspace's library. Its readers see its internal documents; who may write adds to it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="collections")
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=120)
    description = models.CharField(max_length=500, blank=True)
    # What everybody in the workspace may do here; grants add to it.
    everyone = models.CharField(max_length=10, choices=[(level.value, level.label) for level in Level if level != Level.MANAGE], default=Level.NONE)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CollectionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "slug"], name="collection_slug_unique"),
            models.CheckConstraint(condition=models.Q(everyone__in=[Level.NONE, Level.READ, Level.WRITE]), name="collection_everyone_known"),
        ]

    def __str__(self) -> str:
        return self.name
