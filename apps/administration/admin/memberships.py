"""Who is in a workspace as what. A membership keeps its person and its workspace; only its role changes."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from apps.accounts.models import Membership, RoleName
from apps.accounts.selectors.operators import get_operator
from apps.accounts.services.people import add_member, change_role, remove_member
from apps.accounts.types import Operator
from apps.administration.admin.base import OperatorAdmin, OperatorInline
from apps.administration.admin.choices import SearchedWithinWorkspace
from apps.administration.selectors.people import list_custom_roles, list_workspace_ids

_BUILT_IN = [(role.value, role.label) for role in RoleName if role != RoleName.CUSTOM]


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in its stubs only
    """One choice for both kinds of role: built-in ones, and the custom ones of the membership's own workspace."""

    role_choice = forms.ChoiceField(
        label="Role",
        initial=RoleName.MEMBER,
        error_messages={"invalid_choice": "Choose a role of the list. Custom roles are those of the membership's own workspace."},
    )
    # Custom roles by workspace, read once for all forms of a page.
    custom_roles: ClassVar[dict[Any, list[tuple[str, str]]]] = {}
    # Of rows that are not there yet.
    workspace_id: ClassVar[Any] = None

    class Meta:
        model = Membership
        fields: ClassVar[list[str]] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Absent for who only looks.
        if "role_choice" in self.fields:
            choice: Any = self.fields["role_choice"]
            choice.choices = self._choices
            # What Django calls a column where rows are only added.
            choice.short_description = "Role"
            if self.instance.pk:
                choice.initial = str(self.instance.custom_role_id or self.instance.role)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        chosen = self.cleaned_data.get("role_choice", "")
        if chosen:
            is_built_in = chosen in RoleName.values
            self.instance.role = chosen if is_built_in else RoleName.CUSTOM
            self.instance.custom_role_id = None if is_built_in else chosen
        return cleaned

    def _choices(self) -> list[tuple[str, str]]:
        return [*_BUILT_IN, *self.custom_roles.get(self.instance.workspace_id or self.workspace_id, [])]


class WritesMemberships:
    """For a page and for inlines."""

    def write_row(self, operator: Operator, row: Membership, *, is_new: bool) -> Model | None:
        role: dict[str, Any] = {"role": row.role, "custom_role_id": row.custom_role_id}
        if is_new:
            return add_member(operator, workspace_id=row.workspace_id, email=row.user.email, **role)
        return change_role(operator, membership_id=row.pk, **role)

    def erase_row(self, operator: Operator, row: Membership) -> None:
        remove_member(operator, membership_id=row.pk)

    @staticmethod
    def form_with_roles(request: HttpRequest, form: Any, workspaces: list[Any], workspace_id: Any = None) -> Any:
        roles = list_custom_roles(get_operator(request.user), workspaces)
        return type("MembershipForm", (form,), {"custom_roles": roles, "workspace_id": workspace_id})


class _MembershipInline(WritesMemberships, OperatorInline):
    model = Membership
    form = MembershipForm

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        workspace_id = getattr(obj, "pk", None) if self.fk_name == "workspace" else None
        workspaces = [workspace_id] if workspace_id else list_workspace_ids(get_operator(request.user), obj)
        formset.form = self.form_with_roles(request, formset.form, workspaces, workspace_id)
        return formset


class _Present(_MembershipInline):
    """Memberships that there are: their role, and taking somebody out."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user", "workspace", "custom_role").order_by("created_at", "pk")


class _Adding(_MembershipInline):
    """Memberships to add; those that there are stand above. One empty row is there without a script."""

    extra = 1

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PeopleOfWorkspace(_Present):
    fk_name = "workspace"
    verbose_name_plural = "People"
    readonly_fields = ("user",)
    fields = ("user", "role_choice")


class AddPersonToWorkspace(_Adding):
    fk_name = "workspace"
    verbose_name, verbose_name_plural = "person", "Add people"
    fields = ("user", "role_choice")
    autocomplete_fields: ClassVar = ["user"]


class WorkspacesOfPerson(_Present):
    fk_name = "user"
    verbose_name_plural = "Workspaces"
    readonly_fields = ("workspace",)
    fields = ("workspace", "role_choice")


class AddPersonToOthers(_Adding):
    fk_name = "user"
    verbose_name, verbose_name_plural = "workspace", "Add to workspaces"
    fields = ("workspace", "role_choice")
    autocomplete_fields: ClassVar = ["workspace"]


@admin.register(Membership)
class MembershipAdmin(WritesMemberships, SearchedWithinWorkspace, OperatorAdmin):
    form = MembershipForm
    list_display = ("user", "workspace", "role_label", "created_at")
    list_filter = ("role", "workspace")
    search_fields = ("user__email", "user__name", "workspace__name")
    ordering = ("user__email", "pk")
    fields = ("user", "workspace", "role_choice")
    autocomplete_fields: ClassVar = ["user", "workspace"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user", "workspace", "custom_role")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("user", "workspace") if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # Who only looks has no form to choose in.
        return ("user", "workspace", "role_choice" if self.has_change_permission(request, obj) else "role_label")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return self.form_with_roles(request, form, [obj.workspace_id]) if obj else form

    @admin.display(description="Role", ordering="role")
    def role_label(self, membership: Membership) -> str:
        return membership.role_label
