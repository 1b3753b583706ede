import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from apps.accounts.models.workspace import Workspace


class IdempotencyRecord(models.Model):
    """What became of a POST that carried an Idempotency-Key. The result is kept by reference, and read with the rights of whoever asks again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # A key and its owner's session are two callers.
    api_key_id = models.UUIDField(null=True)
    key = models.CharField(max_length=200)
    route = models.CharField(max_length=200)
    # SHA-256 of the body, so that the same key with another body is noticed.
    fingerprint = models.CharField(max_length=64)
    # In flight until there is a status; the lease says for how long to believe it.
    lease_until = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    reference = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "user", "api_key_id", "key"], nulls_distinct=False, name="idempotency_key_unique"),
        ]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="idempotency_age")]

    def __str__(self) -> str:
        return f"{self.route} {self.key}"
