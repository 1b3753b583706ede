"""API keys: who has which one, and ending it. A key itself was shown once to its owner and is known to nobody since."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.models import ApiKey
from apps.accounts.selectors.operators import get_operator
from apps.accounts.services.keys import revoke_key
from apps.administration.admin.base import ReadOnlyAdmin


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ("name", "public_id", "owner", "workspace", "state", "expires_at", "last_used_at")
    list_filter = ("workspace",)
    search_fields = ("name", "public_id", "owner__email")
    list_select_related = ("owner", "workspace")
    date_hierarchy = "created_at"
    actions = ("revoke_keys",)
    change_form_template = "admin/accounts/apikey/change_form.html"
    fields = ("name", "public_id", "owner", "workspace", "scopes", "state", "created_at", "expires_at", "last_used_at", "revoked_at", "replaces")

    @admin.display()
    def state(self, key: ApiKey) -> str:
        if key.revoked_at:
            return "Revoked"
        if not key.owner.is_active:
            return "Owner switched off"
        return "Expired" if key.expires_at <= timezone.now() else "In use"

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return get_operator(request.user).can_change(ApiKey)

    @admin.action(description="Revoke the selected keys", permissions=["revoke"])
    def revoke_keys(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        operator = get_operator(request.user)
        keys = [key for key in queryset if key.revoked_at is None]
        for key in keys:
            revoke_key(operator, key)
            self.log_change(request, key, [{"changed": {"fields": ["revoked_at"]}}])
        messages.success(request, "Revoked 1 key." if len(keys) == 1 else f"Revoked {len(keys)} keys.")

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None) -> Any:
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "may_revoke": self.has_revoke_permission(request)})
