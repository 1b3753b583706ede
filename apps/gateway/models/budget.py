import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from apps.accounts.models import ApiKey, Group, User, Workspace
from apps.gateway.querysets import BudgetQuerySet


class Period(models.TextChoices):
    DAY = "day", "A day"
    MONTH = "month", "A month"


# Those whom a budget can be for; each is a column of its own.
SUBJECTS = ("workspace", "group", "user", "api_key")


class Budget(models.Model):
    """How much may be spent in each calendar day or month (UTC): in money, in tokens, or both; by exactly one of those it can be for."""

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, null=True, blank=True, related_name="budgets")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, blank=True, related_name="budgets")
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="budgets")
    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, null=True, blank=True, related_name="budgets")
    period = models.CharField(max_length=10, choices=Period, default=Period.MONTH)
    money = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    tokens = models.BigIntegerField(null=True, blank=True)
    is_enabled = models.BooleanField("in force", default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BudgetQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(workspace__isnull=False, group__isnull=True, user__isnull=True, api_key__isnull=True)
                | models.Q(workspace__isnull=True, group__isnull=False, user__isnull=True, api_key__isnull=True)
                | models.Q(workspace__isnull=True, group__isnull=True, user__isnull=False, api_key__isnull=True)
                | models.Q(workspace__isnull=True, group__isnull=True, user__isnull=True, api_key__isnull=False),
                name="budget_has_one_subject",
                violation_error_message="Choose exactly one of workspace, group, user and API key.",
            ),
            models.CheckConstraint(
                condition=(models.Q(money__isnull=False) | models.Q(tokens__isnull=False))
                & (models.Q(money__isnull=True) | models.Q(money__gte=0))
                & (models.Q(tokens__isnull=True) | models.Q(tokens__gte=0)),
                name="budget_limits_something",
                violation_error_message="Give an amount of money, of tokens, or both; 0 or more.",
            ),
            models.CheckConstraint(condition=models.Q(period__in=Period.values), name="budget_period_known"),
        ]

    def __str__(self) -> str:
        return f"{getattr(self, self.subject)}, {self.get_period_display().lower()}"

    @property
    def subject(self) -> str:
        """Which of SUBJECTS it is for."""
        return next(name for name in SUBJECTS if getattr(self, f"{name}_id") is not None)


class BudgetWindow(models.Model):
    """What one day or month of a budget has seen. Written by `ledger/` alone, in the order of ids."""

    id = models.BigAutoField(primary_key=True)
    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, related_name="windows")
    starts_on = models.DateField()
    spent_money = models.DecimalField(max_digits=20, decimal_places=9, default=0)
    spent_tokens = models.BigIntegerField(default=0)
    reserved_money = models.DecimalField(max_digits=20, decimal_places=9, default=0)
    reserved_tokens = models.BigIntegerField(default=0)

    objects = models.Manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["budget", "starts_on"], name="budget_window_unique"),
            models.CheckConstraint(
                condition=models.Q(spent_money__gte=0, spent_tokens__gte=0, reserved_money__gte=0, reserved_tokens__gte=0),
                name="budget_window_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.budget_id} from {self.starts_on}"


class ReservationState(models.TextChoices):
    HELD = "held", "Held"
    SETTLED = "settled", "Settled"
    EXPIRED = "expired", "Expired"


class Reservation(models.Model):
    """What a call that is under way is expected to cost, held in each window that it counts for until it is settled or its lease runs out."""

    # The call's own id: settled twice it is settled once.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=10, choices=ReservationState, default=ReservationState.HELD)
    windows = ArrayField(models.BigIntegerField())
    money = models.DecimalField(max_digits=20, decimal_places=9)
    tokens = models.BigIntegerField()
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    objects = models.Manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["expires_at"], name="reservation_held", condition=models.Q(state="held")),
            models.Index(fields=["made_at"], name="reservation_made"),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({self.state})"
