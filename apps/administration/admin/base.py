"""What every page of the administration stands on: rows, choices and autocompletes go through the operator who asks."""

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest

from apps.accounts.selectors.operators import get_operator


class OperatorScoped:
    """Rows through `visible_to_operator`; what an operator's role may do is `User.has_perm`'s to say."""

    # Any: Django's own classes are mixed in beside this one.
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: Any = super().get_queryset(request)  # type: ignore[misc]
        scoped: QuerySet[Any] = rows.visible_to_operator(get_operator(request.user))
        return scoped

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any) -> "ModelChoiceField[Any] | None":
        related: Any = db_field.related_model
        kwargs.setdefault("queryset", related._default_manager.all().visible_to_operator(get_operator(request.user)))
        field: ModelChoiceField[Any] | None = super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]
        return field


class OperatorAdmin(OperatorScoped, admin.ModelAdmin):  # type: ignore[type-arg]  # Django's own class takes no parameter at run time
    list_per_page = 50
    show_full_result_count = False


class OperatorInline(OperatorScoped, admin.TabularInline):  # type: ignore[type-arg]  # generic in its stubs only
    extra = 0


class KeptAdmin:
    """Rows that own others. Django would delete those as rows alone: files would stay, restricted documents lose their only reader."""

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class ReadOnlyAdmin(KeptAdmin, OperatorAdmin):
    """Rows that the product writes and an operator only looks at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
