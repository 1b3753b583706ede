import uuid
from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models

from apps.accounts.models import Workspace
from apps.gateway.models.model import Model, ModelKind
from apps.gateway.querysets import OperatorsQuerySet

_NAME = RegexValidator(r"\A[A-Za-z0-9][A-Za-z0-9._:/-]{0,79}\Z", "Use letters, digits and . _ : / - only.")


class Route(models.Model):
    """A public name that people choose and programs ask for, and the models that answer to it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80, unique=True, validators=[_NAME])
    kind = models.CharField(max_length=20, choices=ModelKind, default=ModelKind.CHAT)
    is_default = models.BooleanField("the default", default=False, help_text="Answers where no name is given. One a kind.")
    is_enabled = models.BooleanField("in use", default=True)
    is_restricted = models.BooleanField("only for chosen workspaces", default=False)
    workspaces = models.ManyToManyField(Workspace, blank=True, related_name="+", help_text="Counts where it is only for chosen workspaces.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OperatorsQuerySet["Route"].as_manager()

    class Meta:
        ordering: ClassVar = ["kind", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind"], condition=models.Q(is_default=True), name="one_default_route_a_kind"),
            models.CheckConstraint(condition=models.Q(kind__in=ModelKind.values), name="route_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name


class RouteTarget(models.Model):
    """One model of a route. Those of the highest weight share its calls; the others are asked in order of weight where these fail."""

    route = models.ForeignKey(Route, on_delete=models.CASCADE, related_name="targets")
    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="targets")
    weight = models.PositiveSmallIntegerField(default=1)

    objects = OperatorsQuerySet["RouteTarget"].as_manager()

    class Meta:
        ordering: ClassVar = ["-weight", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["route", "model"], name="route_target_unique")]

    def __str__(self) -> str:
        return f"{self.route} → {self.model}"
