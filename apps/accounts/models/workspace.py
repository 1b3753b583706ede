import uuid
from typing import ClassVar

from django.db import models

from apps.accounts.querysets import WorkspaceQuerySet


class Workspace(models.Model):
    """A house within the house: people, documents and conversations of one organisation or team."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    # Counted by triggers in the database: see migration 0003.
    epoch = models.PositiveBigIntegerField(default=0, editable=False, help_text="Counts changes of what its people may see.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
