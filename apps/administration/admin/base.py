"""What every page of the administration stands on.

Rows, choices, filters and autocompletes go through the operator who asks. Nothing is saved or deleted but by `write_row`
and `erase_row`, which call services; what these refuse is said in the form, and nothing of it is kept. Django's own log is
not written: its entries hold what rows are called, and the audit trail is the one log.
"""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.accounts.models import AuditEntry, User
from apps.accounts.selectors.operators import get_operator
from apps.accounts.services.audit import record_admin_change
from apps.accounts.types import Operator
from apps.common.errors import QuireError

# What Django's filters and date hierarchies append to a field.
_LOOKUPS = ("", "__exact", "__isnull", "__id__exact")
_DATE_LOOKUPS = ("__year", "__month", "__day", "__gte", "__lt")


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

    def write_row(self, operator: Operator, row: Any, *, is_new: bool) -> Model | None:
        """Save through a service, and return the row that it made. As it stands here nothing is saved."""
        return None

    def erase_row(self, operator: Operator, row: Any) -> None:
        """Delete through a service. As it stands here nothing is deleted."""


class OperatorAdmin(OperatorScoped, admin.ModelAdmin):  # type: ignore[type-arg]  # Django's own class takes no parameter at run time
    """The pages of one model."""

    list_per_page = 50
    show_full_result_count = False

    # --- what may be asked for in an address

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Only what this list's own filters ask. Django lets any field of the model through, a password's hash among them."""
        return lookup in self._own_lookups(request)

    def _own_lookups(self, request: HttpRequest) -> set[str]:
        allowed = {f"{self.date_hierarchy}{end}" for end in _DATE_LOOKUPS} if self.date_hierarchy else set()
        for item in self.get_list_filter(request):
            # Any: a name, a class, or a pair of both.
            name: Any = item[0] if isinstance(item, tuple) else item
            allowed |= {f"{name}{end}" for end in _LOOKUPS} if isinstance(name, str) else {name.parameter_name}
        return allowed

    # --- saving and deleting

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None) -> Any:
        """Django's, in its transaction; a refusal ends that, and the form comes back with the reason in it."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except QuireError as refusal:
            if request.method != "POST":
                raise
            request.quire_refusal = refusal  # type: ignore[attr-defined]
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal: QuireError | None = getattr(request, "quire_refusal", None)
        return form if refusal is None else _refused(form, refusal)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        _become(obj, self.write_row(get_operator(request.user), obj, is_new=not change))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        operator = get_operator(request.user)
        formset.save(commit=False)
        for row in formset.deleted_objects:
            formset.inline.erase_row(operator, row)
        for row, _fields in formset.changed_objects:
            formset.inline.write_row(operator, row, is_new=False)
        for row in formset.new_objects:
            _become(row, formset.inline.write_row(operator, row, is_new=True))

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:
        try:
            return super().delete_view(request, object_id, extra_context)
        except QuireError as refusal:
            messages.error(request, refusal.detail or refusal.title)
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", object_id)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.erase_row(get_operator(request.user), obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """The row alone. Django's would spell out what hangs on it, and with a group the documents that it opens."""
        return [str(obj) for obj in objs], {}, set(), []

    # --- what was done

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        record_admin_change(request, obj, message, verb="added")

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        record_admin_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            record_admin_change(request, obj, verb="deleted")

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead to what the audit trail says about the row, for operators who see the row and the trail."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            # Django's own answer on its other pages.
            pages: Any = self
            missing: HttpResponse = pages._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return missing
        if not self.has_view_permission(request, obj) or not get_operator(request.user).can_view(AuditEntry):
            raise PermissionDenied
        return redirect(f"{reverse('admin:accounts_auditentry_changelist')}?q={obj.pk}")


class OperatorForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs only
    """What forms with fields of their own stand on."""


class PlainChoices:
    """Related rows are chosen and no more: what is done to them is done on their own pages, not in a window over this one."""

    # Any: Django's own class is mixed in beside this one.
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if isinstance(getattr(field, "widget", None), RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field


class OperatorInline(OperatorScoped, admin.TabularInline):  # type: ignore[type-arg]  # generic in its stubs only
    extra = 0
    # The row of the page that this stands on; an inline is made anew for each request.
    parent: Any = None

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        self.parent = obj
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.inline = self
        return formset


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


def sees_people(request: HttpRequest) -> bool:
    """Whether the operator's role says who somebody is: lists leave names out, and searches do not reach them, where not."""
    return get_operator(request.user).can_view(User)


def field_names(model: type[Model], *, without: Sequence[str] = ()) -> list[str]:
    fields: list[Field[Any, Any]] = list(model._meta.fields)
    return [field.name for field in fields if field.name not in without]


def _become(row: Model, saved: Model | None) -> None:
    """Let the form's row be the one that was saved: what follows asks its id."""
    if saved is not None:
        row.pk = saved.pk
        row._state.adding = False


def _refused(form_class: Any, refusal: QuireError) -> Any:
    class RefusedForm(form_class):
        def clean(self) -> Any:
            cleaned = super().clean()
            self.add_error(None, refusal.detail or refusal.title)
            return cleaned

    return RefusedForm
