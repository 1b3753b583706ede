"""Models of the providers: what they can, and what they cost."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from apps.accounts.types import Operator
from apps.administration.admin.base import OperatorAdmin, OperatorForm, PlainChoices
from apps.gateway.amounts import amount, no_price
from apps.gateway.models import Model, ModelKind
from apps.gateway.services.registry import CAPABILITIES, delete_model, save_model

_LABELS = {"tools": "Calls tools", "json": "Answers in JSON", "vision": "Sees pictures"}
_HAS_NONE = Q(price_in__isnull=True) | Q(price_out__isnull=True, kind=ModelKind.CHAT)


class ModelForm(OperatorForm):
    capabilities = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple, choices=[(name, _LABELS[name]) for name in CAPABILITIES])

    class Meta:
        model = Model
        fields: ClassVar[list[str]] = []
        help_texts: ClassVar[dict[str, str]] = {
            "stage": "Only what is in production answers calls.",
            "window": "How many tokens it reads and writes at once. Empty: unknown.",
            "dimension": "Of an embedding model: how many numbers one of its vectors has.",
            "price_in": "Of a million tokens. Empty: unknown, and refused where a budget of money counts; 0: free.",
            "price_out": "Of a million tokens of an answer; only of chat models.",
        }


class PriceFilter(admin.SimpleListFilter):
    title = "price"
    parameter_name = "price"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Has a price"), ("no", "No price")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = {"yes": ~_HAS_NONE, "no": _HAS_NONE}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(wanted)


@admin.register(Model)
class ModelAdmin(PlainChoices, OperatorAdmin):
    form = ModelForm
    list_display = ("name", "version", "provider", "kind", "stage", "context", "prices")
    list_filter: ClassVar[Any] = ("kind", "stage", "provider", PriceFilter)
    search_fields = ("name", "provider__name")
    ordering = ("name", "version", "pk")
    list_select_related = ("provider",)
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("provider", "name", "version", "kind", "stage")}),
        ("What it can", {"fields": ("window", "dimension", "capabilities")}),
        ("What it costs", {"fields": ("price_in", "price_out")}),
    )

    @admin.display(description="Context", ordering="window")
    def context(self, model: Model) -> str:
        return f"{model.window:,}" if model.window else "–"

    @admin.display(description="Price in / out")
    def prices(self, model: Model) -> str:
        if not model.has_price or model.price_in is None:
            return no_price()
        if not model.price_in and not model.price_out:
            return "free"
        return amount(model.price_in) if model.price_out is None else f"{amount(model.price_in)} / {amount(model.price_out)}"

    def write_row(self, operator: Operator, row: Model, *, is_new: bool) -> Model:
        return save_model(operator, row)

    def erase_row(self, operator: Operator, row: Model) -> None:
        delete_model(operator, model_id=row.pk)
