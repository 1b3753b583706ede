"""Budgets, with what of them is spent, held by calls under way, and left, in the present day or month."""

from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.types import Operator
from apps.administration.admin.base import OperatorAdmin, OperatorForm, PlainChoices
from apps.gateway.amounts import money, rounded, rounded_down
from apps.gateway.models import SUBJECTS, Budget
from apps.gateway.selectors.budgets import with_present_window
from apps.gateway.services.policies import delete_budget, save_budget

_WORDS = {"workspace": "Workspace", "group": "Group", "user": "Person", "api_key": "API key"}


class BudgetForm(OperatorForm):
    class Meta:
        model = Budget
        fields: ClassVar[list[str]] = []
        labels: ClassVar[dict[str, str]] = {"user": "Person", "api_key": "API key"}


@admin.register(Budget)
class BudgetAdmin(PlainChoices, OperatorAdmin):
    form = BudgetForm
    list_display = ("for_whom", "period", "money_spent", "money_left", "tokens_spent", "tokens_left", "is_enabled")
    list_filter = ("period", "is_enabled")
    search_fields = ("workspace__name", "group__name", "user__email", "user__name", "api_key__name")
    search_help_text = "A workspace, a group, a person or an API key"
    ordering = ("-id",)
    list_select_related = SUBJECTS
    autocomplete_fields: ClassVar = list(SUBJECTS)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_present_window(super().get_queryset(request).select_related(*SUBJECTS), timezone.now())

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            note = "Exactly one of these. A group's budget is one for all its members together, and so is a workspace's."
            return (
                ("For whom", {"fields": SUBJECTS, "description": note}),
                ("How much", {"fields": ("period", "money", "tokens", "is_enabled"), "description": _note()}),
            )
        used = ("money_spent", "money_held", "money_left", "tokens_spent", "tokens_held", "tokens_left")
        return (
            (None, {"fields": ("for_whom", "period")}),
            ("How much", {"fields": ("money", "tokens", "is_enabled"), "description": _note()}),
            ("Used in the present day or month", {"fields": used}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        used = ("money_spent", "money_held", "money_left", "tokens_spent", "tokens_held", "tokens_left")
        return ("for_whom", "period", *used) if obj else ()

    @admin.display(description="For")
    def for_whom(self, budget: Budget) -> str:
        return f"{_WORDS[budget.subject]} {getattr(budget, budget.subject)}"

    @admin.display(description="Money spent")
    def money_spent(self, budget: Any) -> str:
        spent = rounded(budget.spent_money)
        return f"{spent} of {money(budget.money)}" if budget.money is not None else f"{spent} {settings.QUIRE_CURRENCY}"

    @admin.display(description="Money held by calls under way")
    def money_held(self, budget: Any) -> str:
        return money(budget.reserved_money, rounded)

    @admin.display(description="Money left")
    def money_left(self, budget: Any) -> str:
        return "no limit" if budget.money is None else money(max(Decimal(0), budget.money - budget.spent_money - budget.reserved_money), rounded_down)

    @admin.display(description="Tokens spent")
    def tokens_spent(self, budget: Any) -> str:
        return f"{budget.spent_tokens:,} of {budget.tokens:,}" if budget.tokens is not None else f"{budget.spent_tokens:,}"

    @admin.display(description="Tokens held by calls under way")
    def tokens_held(self, budget: Any) -> str:
        return f"{budget.reserved_tokens:,}"

    @admin.display(description="Tokens left")
    def tokens_left(self, budget: Any) -> str:
        return "no limit" if budget.tokens is None else f"{max(0, budget.tokens - budget.spent_tokens - budget.reserved_tokens):,}"

    def write_row(self, operator: Operator, row: Budget, *, is_new: bool) -> Budget:
        return save_budget(operator, row)

    def erase_row(self, operator: Operator, row: Budget) -> None:
        delete_budget(operator, budget_id=row.pk)


def _note() -> str:
    return f"Money in {settings.QUIRE_CURRENCY}. Days and months are those of UTC. Calls that would go beyond are refused; 0 refuses all."
