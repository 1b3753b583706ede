import uuid
from typing import ClassVar

from django.db import models

from apps.common.crypto import EncryptedTextField
from apps.gateway.querysets import OperatorsQuerySet


class ProviderKind(models.TextChoices):
    """How it is spoken to; each kind is a file in `providers/`."""

    OPENAI_COMPATIBLE = "openai-compatible", "OpenAI-compatible"
    EXTRACTIVE = "extractive", "Extractive (comes with Quire)"
    EMBEDDED = "embedded", "Embedded embedder (comes with Quire)"
    RERANK = "rerank", "Reranking server"


class Provider(models.Model):
    """Somebody who runs models, and the key for it. Where it is reached is an operator's to say, nobody else's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=30, choices=ProviderKind, default=ProviderKind.OPENAI_COMPATIBLE)
    # No URLField: that knows no name of a machine on the own network. `services.registry.is_address` says what it may be.
    base_url = models.CharField("base URL", max_length=300, blank=True, help_text="Up to where the API begins, often with /v1.")
    api_key = EncryptedTextField("API key", blank=True, default="")
    is_enabled = models.BooleanField("in use", default=True)
    first_token_seconds = models.PositiveSmallIntegerField("seconds to the first token", default=120)
    silence_seconds = models.PositiveSmallIntegerField("seconds of silence within an answer", default=60)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OperatorsQuerySet["Provider"].as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=ProviderKind.values), name="provider_kind_known"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["extractive", "embedded"]) | ~models.Q(base_url=""),
                name="provider_has_address",
                violation_error_message="This kind of provider needs a base URL.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_key(self) -> bool:
        """Whether one is kept, without opening it."""
        return bool(self.__dict__.get("api_key"))
