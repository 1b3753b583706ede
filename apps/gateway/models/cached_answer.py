from typing import ClassVar

from django.db import models
from pgvector.django import HalfVectorField

# Of the embedded embedder, which alone compares questions here.
DIMENSION = 384


class CachedAnswer(models.Model):
    """An answer of the semantic cache. `scope` is the hash of all that has to be the same; only the question may be worded in another way."""

    id = models.BigAutoField(primary_key=True)
    scope = models.CharField(max_length=64)
    workspace_id = models.UUIDField(null=True)
    # Masked like everything that is kept.
    question = models.TextField()
    embedding = HalfVectorField(dimensions=DIMENSION)
    # As `caching/` writes an answer.
    answer = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    objects = models.Manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["scope", "expires_at"], name="cached_answer_scope"),
            models.Index(fields=["expires_at"], name="cached_answer_expiry"),
            models.Index(fields=["workspace_id"], name="cached_answer_workspace"),
        ]

    def __str__(self) -> str:
        return f"{self.scope[:8]} {self.created_at:%Y-%m-%d %H:%M}"
