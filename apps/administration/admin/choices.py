"""Choosing a row out of one workspace: the search offers its rows alone, and another's is refused in words."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import ForeignKey, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest

from apps.accounts.selectors.operators import get_operator
from apps.administration.admin.base import OperatorInline

_PARAMETER = "workspace"


class WithinWorkspace(AutocompleteSelect):
    """Django's search field; its address says of which workspace rows are wanted."""

    def __init__(self, field: Any, workspace_id: object) -> None:
        super().__init__(field, admin.site)
        self.workspace_id = workspace_id

    def get_url(self) -> str:
        return f"{super().get_url()}?{_PARAMETER}={self.workspace_id}"


class SearchedWithinWorkspace:
    """For the administration of rows that are so chosen."""

    # Any: Django's own class is mixed in beside this one.
    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        found: tuple[QuerySet[Any], bool] = super().get_search_results(request, queryset, search_term)  # type: ignore[misc]
        is_choosing = request.resolver_match is not None and request.resolver_match.url_name == "autocomplete"
        workspace_id = request.GET.get(_PARAMETER, "") if is_choosing else ""
        if not workspace_id:
            return found
        from apps.accounts.models import Workspace

        workspaces = Workspace.objects.visible_to_operator(get_operator(request.user))
        return found[0].filter(workspace__in=[row for row in workspaces.values_list("pk", flat=True) if str(row) == workspace_id]), found[1]


class InWorkspaceInline(OperatorInline):
    """An inline whose `chosen` fields name rows of its parent's workspace."""

    chosen: tuple[str, ...] = ()

    def workspace_id(self) -> object:
        return self.parent.workspace_id

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any) -> "ModelChoiceField[Any] | None":
        if db_field.name in self.chosen:
            related: Any = db_field.related_model
            rows = related._default_manager.all().visible_to_operator(get_operator(request.user))
            kwargs["queryset"] = rows.filter(workspace=self.workspace_id())
            kwargs["widget"] = WithinWorkspace(db_field, self.workspace_id())
            kwargs["error_messages"] = {"invalid_choice": f"This {related._meta.verbose_name} is not one of the same workspace."}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
