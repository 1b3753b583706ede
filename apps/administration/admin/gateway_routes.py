"""Routes: the names that people and programs ask for, and the models behind them."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse

from apps.accounts.models import Workspace
from apps.accounts.selectors.operators import get_operator
from apps.accounts.types import Operator
from apps.administration.admin.base import OperatorAdmin, OperatorForm, OperatorInline, PlainChoices
from apps.administration.admin.people import goes_on
from apps.gateway.models import Model, Route, RouteTarget, Stage
from apps.gateway.services.routes import delete_route, delete_target, save_route, save_target


class RouteForm(OperatorForm):
    def _get_validation_exclusions(self) -> set[str]:
        """Whether there is a default already is the service's to check: it takes that from the route that has it first."""
        # Any: its stubs do not have it.
        form: Any = super()
        return {*form._get_validation_exclusions(), "is_default"}


class TargetInline(PlainChoices, OperatorInline):
    model = RouteTarget
    verbose_name, verbose_name_plural = "model", "Models, by weight"
    fields = ("model", "weight")
    ordering = ("-weight", "pk")
    extra = 1

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("route", "model__provider")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "model" and self.parent is not None:
            models = Model.objects.visible_to_operator(get_operator(request.user)).filter(kind=self.parent.kind).exclude(stage=Stage.RETIRED)
            standing = Model.objects.visible_to_operator(get_operator(request.user)).filter(targets__route=self.parent)
            kwargs["queryset"] = (models | standing).distinct().select_related("provider").order_by("name", "provider__name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def write_row(self, operator: Operator, row: RouteTarget, *, is_new: bool) -> RouteTarget:
        return save_target(operator, row)

    def erase_row(self, operator: Operator, row: RouteTarget) -> None:
        delete_target(operator, target_id=row.pk)


@admin.register(Route)
class RouteAdmin(PlainChoices, OperatorAdmin):
    """For whom a route is, is chosen by those who see which workspaces there are."""

    form = RouteForm
    list_display = ("name", "answers", "answered_by", "open_to", "is_enabled")
    list_filter = ("kind", "is_enabled", "is_restricted")
    search_fields = ("name",)
    ordering = ("kind", "name")
    inlines: ClassVar = [TargetInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        routes: QuerySet[Any] = super().get_queryset(request).annotate(workspace_count=Count("workspaces"))
        return routes.prefetch_related("targets__model__provider")

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        """Which models fit, its kind says: so it is made first."""
        return self.inlines if obj else []

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        chooses = get_operator(request.user).can_view(Workspace)
        whom = ("is_restricted", "workspaces") if chooses else ("open_to",)
        return ((None, {"fields": ("name", "kind", "is_default", "is_enabled")}), ("For whom", {"fields": whom}))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("kind", "open_to") if obj else ("open_to",)

    @admin.display(description="For", ordering="kind")
    def answers(self, route: Route) -> str:
        kind = str(route.get_kind_display())
        return f"{kind}, the default" if route.is_default else kind

    @admin.display(description="Answered by")
    def answered_by(self, route: Route) -> str:
        targets = sorted(route.targets.all(), key=lambda target: (-target.weight, target.pk))
        return ", ".join(f"{target.model} ({target.weight})" for target in targets) or "no model"

    @admin.display(description="Open to")
    def open_to(self, route: Any) -> str:
        count = getattr(route, "workspace_count", 0)
        if not route.is_restricted:
            return "all workspaces"
        return "no workspace" if not count else "1 workspace" if count == 1 else f"{count} workspaces"

    # --- saving: rows and whom they are for go by one service

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.chosen_workspaces = form.cleaned_data.get("workspaces")
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Without Django's own saving of the chosen workspaces."""
        for formset in formsets:
            self.save_formset(request, form, formset, change=change)

    def write_row(self, operator: Operator, row: Any, *, is_new: bool) -> Route:
        return save_route(operator, row, workspaces=row.chosen_workspaces)

    def erase_row(self, operator: Operator, row: Route) -> None:
        delete_route(operator, route_id=row.pk)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return goes_on(request, lambda: super(RouteAdmin, self).response_add(request, obj, post_url_continue))
