"""Providers of models and their keys, which go in here and never come out again."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.accounts.selectors.operators import get_operator
from apps.accounts.types import Operator
from apps.administration.admin.base import OperatorAdmin, OperatorForm
from apps.administration.admin.people import goes_on
from apps.common.crypto import CannotOpen
from apps.gateway.models import Provider
from apps.gateway.services.probing import probe_provider
from apps.gateway.services.registry import delete_provider, save_provider

# Each may keep whoever pressed the button waiting for seconds.
_AT_ONCE = 5


class ProviderForm(OperatorForm):
    new_key = forms.CharField(
        label="New API key",
        required=False,
        max_length=2000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "vTextField"}),
        help_text="Replaces the one that is set. It is sealed in the database and shown to nobody. Empty: it stays as it is.",
    )
    drop_key = forms.BooleanField(label="Remove the API key", required=False)

    class Meta:
        model = Provider
        fields: ClassVar[list[str]] = []
        help_texts: ClassVar[dict[str, str]] = {
            "base_url": "Up to where the API begins, often with /v1. It may be on the own network. Empty for what comes with Quire.",
            "first_token_seconds": "How long a call waits for the first word before another model is asked.",
            "silence_seconds": "How long a call waits for the next word.",
            "is_enabled": "Otherwise its models answer no call.",
        }
        widgets: ClassVar[dict[str, Any]] = {"base_url": forms.TextInput(attrs={"class": "vURLField", "inputmode": "url", "spellcheck": "false"})}

    def clean(self) -> Any:
        cleaned: Any = super().clean()
        if cleaned.get("new_key") and cleaned.get("drop_key"):
            self.add_error("drop_key", "Type a new key or remove it, not both.")
        # For `write_row`: None leaves what is kept.
        self.instance.typed_key = "" if cleaned.get("drop_key") else cleaned.get("new_key") or None
        return cleaned


@admin.register(Provider)
class ProviderAdmin(OperatorAdmin):
    form = ProviderForm
    list_display = ("name", "kind", "base_url", "key_state", "models_there", "is_enabled")
    list_filter = ("kind", "is_enabled")
    search_fields = ("name", "base_url")
    ordering = ("name",)
    actions = ("try_out",)
    change_form_template = "admin/gateway/provider/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        providers: QuerySet[Any] = super().get_queryset(request).annotate(model_count=Count("models"))
        return providers

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        changes = self.has_change_permission(request, obj)
        key = ("key_state", *(("new_key",) if changes else ()), *(("drop_key",) if changes and obj and obj.has_key else ()))
        return (
            (None, {"fields": ("name", "kind", "base_url", "is_enabled")}),
            ("Key", {"fields": key if obj else ("new_key",)}),
            ("Time-outs", {"fields": ("first_token_seconds", "silence_seconds")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("key_state",)

    @admin.display(description="API key")
    def key_state(self, provider: Provider) -> str:
        return "set" if provider.has_key else "not set"

    @admin.display(description="Models", ordering="model_count")
    def models_there(self, provider: Any) -> int:
        return int(provider.model_count)

    def write_row(self, operator: Operator, row: Any, *, is_new: bool) -> Provider:
        return save_provider(operator, row, key=row.typed_key)

    def erase_row(self, operator: Operator, row: Provider) -> None:
        delete_provider(operator, provider_id=row.pk)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """On to its page, where the connection is tried out."""
        return goes_on(request, lambda: super(ProviderAdmin, self).response_add(request, obj, post_url_continue))

    # --- trying the connection

    def has_try_permission(self, request: HttpRequest) -> bool:
        return get_operator(request.user).can_change(Provider)

    @admin.action(description="Test the connection", permissions=["try"])
    def try_out(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        operator, providers = get_operator(request.user), list(queryset[: _AT_ONCE + 1])
        for provider in providers[:_AT_ONCE]:
            verdict = probe_provider(operator, provider_id=provider.pk)
            messages.add_message(request, messages.SUCCESS if verdict.is_good else messages.WARNING, verdict.words)
        if len(providers) > _AT_ONCE:
            messages.warning(request, f"{_AT_ONCE} are asked at once: choose the rest again.")
        is_one = len(providers) == 1 and "back" in request.POST
        return redirect("admin:gateway_provider_change", providers[0].pk) if is_one else None

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None) -> Any:
        extra = {"may_try": self.has_try_permission(request)}
        provider = self.get_object(request, unquote(object_id)) if request.method == "GET" else None
        if provider is not None and not _opens(provider):
            messages.error(request, "The key that is set cannot be opened with the keys in QUIRE_ENCRYPTION_KEYS. Put the old key back there, or type it anew.")
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})


def _opens(provider: Provider) -> bool:
    try:
        return provider.api_key is not None
    except CannotOpen:
        return False
