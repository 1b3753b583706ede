from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from apps.accounts.models import Workspace
from apps.gateway.querysets import OperatorsQuerySet


class Action(models.TextChoices):
    """What a guard does with what it finds. All but OFF count it and show it in the log."""

    OFF = "off", "Off"
    FLAG = "flag", "Count only"
    MASK = "mask", "Mask"
    BLOCK = "block", "Refuse the call"


class GuardPolicy(models.Model):
    """What is kept from models and from answers, in one workspace or, without one, in all that have none of their own."""

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, null=True, blank=True, related_name="guard_policy")
    personal_data = models.CharField(max_length=10, choices=Action, default=Action.FLAG)
    secrets = models.CharField(max_length=10, choices=Action, default=Action.MASK)
    is_unmasked = models.BooleanField("put back in answers", default=True, help_text="What was masked is written out again in the answer.")
    prohibited = models.CharField(
        "prohibited words", max_length=10, choices=[choice for choice in Action.choices if choice[0] != Action.MASK], default=Action.BLOCK
    )
    prohibited_words = ArrayField(models.CharField(max_length=120), default=list, blank=True, help_text="Words and phrases, parted by commas.")
    injection = models.CharField(
        "prompt injection", max_length=10, choices=[choice for choice in Action.choices if choice[0] != Action.MASK], default=Action.FLAG
    )
    injection_threshold = models.PositiveSmallIntegerField(default=60, validators=[MinValueValidator(1), MaxValueValidator(100)], help_text="From 1 to 100.")
    link_hosts = ArrayField(
        models.CharField(max_length=253), default=list, blank=True, help_text="Hosts that links in answers may lead to, beside this installation; * is all."
    )
    # Part of what cached answers are kept under.
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = OperatorsQuerySet["GuardPolicy"].as_manager()

    class Meta:
        verbose_name_plural = "guard policies"
        constraints: ClassVar = [models.UniqueConstraint(models.Value(1), condition=models.Q(workspace__isnull=True), name="one_general_guard_policy")]

    def __str__(self) -> str:
        return f"Guards of {self.workspace}" if self.workspace else "Guards of all other workspaces"
