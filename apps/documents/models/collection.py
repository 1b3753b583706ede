import uuid
from typing import ClassVar

from django.db import models

from apps.accounts.models import Workspace
from apps.documents.querysets import CollectionQuerySet


class Collection(models.Model):
    """A shelf of a workspace's library."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="collections")
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=120)
    description = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CollectionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "slug"], name="collection_slug_unique")]

    def __str__(self) -> str:
        return self.name
