from typing import ClassVar

from django.db import models
from django.utils import timezone

from apps.gateway.querysets import UsageQuerySet


class UsageRecord(models.Model):
    """What one try at one model was billed: the truth about money. A call that failed over has one for each model that charged for it.

    Ids are plain values and no foreign keys: what was spent stays spent when who spent it is gone.
    """

    id = models.BigAutoField(primary_key=True)
    call_id = models.UUIDField()
    attempt = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    user_id = models.UUIDField(null=True)
    workspace_id = models.UUIDField(null=True)
    api_key_id = models.UUIDField(null=True)
    purpose = models.CharField(max_length=40)
    provider = models.CharField(max_length=60)
    model = models.CharField(max_length=180)
    input_tokens = models.BigIntegerField()
    output_tokens = models.BigIntegerField()
    # Counted by us, because the provider did not say.
    is_estimated = models.BooleanField(default=False)
    # Empty: the model has no price.
    money = models.DecimalField(max_digits=20, decimal_places=9, null=True)

    objects = UsageQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["call_id", "attempt"], name="usage_once_an_attempt")]
        indexes: ClassVar = [
            models.Index(fields=["user_id", "-created_at"], name="usage_user"),
            models.Index(fields=["workspace_id", "-created_at"], name="usage_workspace"),
            models.Index(fields=["-created_at"], name="usage_time"),
        ]

    def __str__(self) -> str:
        return f"{self.model}: {self.input_tokens} + {self.output_tokens}"
