import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.gateway.models.provider import Provider
from apps.gateway.querysets import OperatorsQuerySet


class ModelKind(models.TextChoices):
    CHAT = "chat", "Chat"
    EMBEDDING = "embedding", "Embedding"
    RERANK = "rerank", "Reranking"


class Stage(models.TextChoices):
    """Only what is in production is called; a retired model keeps its name in old rows."""

    TRIAL = "trial", "On trial"
    PRODUCTION = "production", "In production"
    RETIRED = "retired", "Retired"


class Model(models.Model):
    """A model of a provider. Prices are for a million tokens, in the installation's currency; empty: unknown, which is not 0."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="models")
    name = models.CharField(max_length=120, help_text="As the provider knows it.")
    version = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=20, choices=ModelKind, default=ModelKind.CHAT)
    stage = models.CharField(max_length=20, choices=Stage, default=Stage.PRODUCTION)
    window = models.PositiveIntegerField("context window", null=True, blank=True, help_text="In tokens; empty: unknown.")
    dimension = models.PositiveIntegerField(null=True, blank=True, help_text="Of an embedding model's vectors.")
    price_in = models.DecimalField("price of input", max_digits=14, decimal_places=6, null=True, blank=True, help_text="For a million tokens.")
    price_out = models.DecimalField("price of output", max_digits=14, decimal_places=6, null=True, blank=True, help_text="For a million tokens.")
    capabilities = ArrayField(models.CharField(max_length=20), default=list, blank=True, help_text="tools, json, vision")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OperatorsQuerySet["Model"].as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "name", "version"], name="model_name_unique"),
            models.CheckConstraint(condition=models.Q(kind__in=ModelKind.values), name="model_kind_known"),
            models.CheckConstraint(condition=models.Q(stage__in=Stage.values), name="model_stage_known"),
            models.CheckConstraint(
                condition=(models.Q(price_in__isnull=True) | models.Q(price_in__gte=0)) & (models.Q(price_out__isnull=True) | models.Q(price_out__gte=0)),
                name="model_prices_not_negative",
                violation_error_message="A price is 0 or more.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} at {self.provider}"

    @property
    def has_price(self) -> bool:
        """Half a price is none; only a chat writes."""
        return self.price_in is not None and (self.price_out is not None or self.kind != ModelKind.CHAT)
