from typing import ClassVar

from django.db import models
from django.utils import timezone

from apps.gateway.querysets import UsageQuerySet


class QueryLog(models.Model):
    """One call as the door saw it, for operators' questions: how quick, how dear, from which cache, stopped by what. Never its text."""

    id = models.BigAutoField(primary_key=True)
    call_id = models.UUIDField(unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    user_id = models.UUIDField(null=True)
    workspace_id = models.UUIDField(null=True)
    api_key_id = models.UUIDField(null=True)
    # The run of the agent that it was made for; empty: a program's, or the installation's.
    run_id = models.UUIDField(null=True)
    purpose = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    route = models.CharField(max_length=80, blank=True)
    provider = models.CharField(max_length=60, blank=True)
    model = models.CharField(max_length=180, blank=True)
    prompt_version = models.CharField(max_length=40, blank=True)
    input_tokens = models.BigIntegerField(null=True)
    output_tokens = models.BigIntegerField(null=True)
    is_estimated = models.BooleanField(default=False)
    money = models.DecimalField(max_digits=20, decimal_places=9, null=True)
    latency_ms = models.PositiveIntegerField()
    first_ms = models.PositiveIntegerField(null=True)
    # "", miss, exact, semantic or stale.
    cache = models.CharField(max_length=10, blank=True)
    # Guard and rule, with how often and what was done: {"personal_data.email": {"count": 2, "action": "mask"}}.
    guards = models.JSONField(default=dict)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    fallback_count = models.PositiveSmallIntegerField(default=0)
    # "answered", "stopped", or the code of the error.
    outcome = models.CharField(max_length=40)

    objects = UsageQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        verbose_name = "call"
        indexes: ClassVar = [
            models.Index(fields=["user_id", "-created_at"], name="query_user"),
            models.Index(fields=["workspace_id", "-created_at"], name="query_workspace"),
            models.Index(fields=["model", "-created_at"], name="query_model"),
            models.Index(fields=["outcome", "-created_at"], name="query_outcome"),
            models.Index(fields=["-created_at", "-id"], name="query_time"),
            models.Index(fields=["run_id"], name="query_run", condition=models.Q(run_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.model} {self.outcome}"
