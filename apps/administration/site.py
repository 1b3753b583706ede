"""The operators' site: Django's own, with pages for what has no model, and without what would go past an operator's rights."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path, reverse

from apps.accounts.doors import OPERATOR, declare
from apps.accounts.operators import Level, level_in
from apps.accounts.selectors.operators import get_operator


class QuireAdminSite(AdminSite):
    site_header = "Quire"
    site_title = "Quire administration"
    index_title = "Administration"

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        # It would delete rows past the services that hold the rules.
        self.disable_action("delete_selected")

    def get_urls(self) -> list[URLResolver | URLPattern]:
        from apps.administration.admin import pages

        # Django's own looks any row of any model up by its id; nothing here has an address on the site.
        others = [pattern for pattern in super().get_urls() if getattr(pattern, "name", "") != "view_on_site"]
        return [
            path("settings/", self.admin_view(pages.settings_in_force), name="settings"),
            path("models/", self.admin_view(pages.models_in_use), name="models"),
            path("operator-roles/", self.admin_view(pages.operator_roles), name="operator-roles"),
            path("r/<path:content_type_id>/<path:object_id>/", self.admin_view(self.view_on_site), name="view_on_site"),
            *others,
        ]

    # Any: what Django's templates read of an app.
    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        found = super().get_app_list(request, app_label)
        return found if app_label else [*found, self._installation(request)]

    @staticmethod
    @declare(OPERATOR)
    def view_on_site(request: HttpRequest, content_type_id: str, object_id: str) -> HttpResponse:
        raise Http404

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """One's own password is changed at the one door for it, which counts wrong ones and tells the audit trail."""
        return redirect("account_change_password")

    @staticmethod
    def _installation(request: HttpRequest) -> dict[str, Any]:
        """The pages that have no model, as an app of the index and the side bar."""
        role = get_operator(request.user).role
        pages = [("Models in use", "models", "models"), ("Settings in force", "settings", "settings"), ("Operator roles", "operator-roles", "")]
        rows = [
            {"name": title, "object_name": name, "admin_url": reverse(f"admin:{name}"), "add_url": None, "view_only": True, "perms": {"view": True}}
            for title, name, area in pages
            if not area or level_in(role, area) >= Level.VIEW
        ]
        return {"name": "Installation", "app_label": "installation", "app_url": reverse("admin:operator-roles"), "has_module_perms": True, "models": rows}
