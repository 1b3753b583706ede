from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from apps.accounts.querysets import AuditEntryQuerySet


class AuditEntry(models.Model):
    """Who did what, when, from where. Only ever added to: the app's database role may insert and read, a trigger refuses the rest.

    Ids are plain values and no foreign keys: an entry outlives whatever it is about. No text of documents, questions or answers.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=timezone.now)
    action = models.CharField(max_length=60)
    actor_id = models.UUIDField(null=True)
    # The e-mail at that time, for a reader to whom an id says nothing.
    actor = models.CharField(max_length=254, blank=True)
    api_key_id = models.UUIDField(null=True)
    workspace_id = models.UUIDField(null=True)
    object_type = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    address = models.GenericIPAddressField(null=True)
    method = models.CharField(max_length=10, blank=True)
    route = models.CharField(max_length=200, blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    latency_ms = models.PositiveIntegerField(null=True)
    # What changed, from what to what; bounded by services/audit.py.
    detail = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name_plural = "audit entries"
        indexes: ClassVar = [
            models.Index(fields=["-at"], name="audit_time"),
            models.Index(fields=["action", "-id"], name="audit_action"),
            models.Index(fields=["actor_id", "-id"], name="audit_actor"),
            models.Index(fields=["object_id", "-id"], name="audit_object"),
            models.Index(fields=["workspace_id", "-id"], name="audit_workspace"),
            models.Index(fields=["api_key_id", "-id"], name="audit_key", condition=models.Q(api_key_id__isnull=False)),
            models.Index(fields=["address", "-id"], name="audit_address", condition=models.Q(address__isnull=False)),
            models.Index(fields=["request_id"], name="audit_request", condition=~models.Q(request_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id}".strip()
