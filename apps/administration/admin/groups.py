"""Groups with their members, and custom roles with their permissions."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from apps.accounts.models import Group, GroupMember, Role
from apps.accounts.permissions import CUSTOM_NAMES, PERMISSIONS
from apps.accounts.services.groups import add_group_member, change_group, create_group, delete_group, remove_group_member
from apps.accounts.services.roles import change_custom_role, create_custom_role, delete_custom_role
from apps.accounts.types import Operator
from apps.administration.admin.base import OperatorAdmin, OperatorForm
from apps.administration.admin.choices import InWorkspaceInline, SearchedWithinWorkspace
from apps.administration.admin.people import goes_on, inlines_that_fit


class WritesGroupMembers:
    def write_row(self, operator: Operator, row: GroupMember, *, is_new: bool) -> Model | None:
        return add_group_member(operator, group_id=row.group_id, membership_id=row.membership_id) if is_new else None

    def erase_row(self, operator: Operator, row: GroupMember) -> None:
        remove_group_member(operator, group_id=row.group_id, membership_id=row.membership_id)


class MembersOfGroup(WritesGroupMembers, InWorkspaceInline):
    model = GroupMember
    verbose_name_plural = "Members"
    fields = readonly_fields = ("person", "created_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("group", "membership__user").order_by("created_at", "pk")

    @admin.display()
    def person(self, member: GroupMember) -> str:
        return str(member.membership.user)


class AddToGroup(WritesGroupMembers, InWorkspaceInline):
    model = GroupMember
    verbose_name, verbose_name_plural = "member", "Add members"
    extra = 1
    fields = chosen = ("membership",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Group)
class GroupAdmin(SearchedWithinWorkspace, OperatorAdmin):
    list_display = ("name", "workspace", "member_count", "created_at")
    list_filter = ("workspace",)
    search_fields = ("name", "workspace__name")
    ordering = ("name", "pk")
    autocomplete_fields: ClassVar = ["workspace"]
    inlines: ClassVar = [MembersOfGroup, AddToGroup]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        groups: QuerySet[Any] = super().get_queryset(request).select_related("workspace").annotate(people=Count("members"))
        return groups

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return inlines_that_fit(self.inlines, obj, "members")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("workspace", "name", "description", "all_members") if obj else ("workspace", "name", "description")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("workspace", "all_members") if obj else ()

    @admin.display(description="Members")
    def member_count(self, group: Any) -> int:
        return int(group.people)

    @admin.display(description="All members")
    def all_members(self, group: Any) -> str:
        address = f"{reverse('admin:accounts_groupmember_changelist')}?group__id__exact={group.pk}"
        return format_html('<a href="{}">{} in this group</a>', address, group.people)

    def write_row(self, operator: Operator, row: Group, *, is_new: bool) -> Model | None:
        words = {"name": row.name, "description": row.description}
        return create_group(operator, workspace_id=row.workspace_id, **words) if is_new else change_group(operator, group_id=row.pk, **words)

    def erase_row(self, operator: Operator, row: Group) -> None:
        delete_group(operator, group_id=row.pk)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return goes_on(request, lambda: super(GroupAdmin, self).response_add(request, obj, post_url_continue))


@admin.register(GroupMember)
class GroupMemberAdmin(WritesGroupMembers, OperatorAdmin):
    """The members of large groups, which fit into no form."""

    list_display = ("person", "group", "workspace", "created_at")
    list_filter = ("group",)
    search_fields = ("membership__user__email", "membership__user__name", "group__name")
    ordering = ("group__name", "pk")
    fields = ("group", "membership")
    autocomplete_fields: ClassVar = ["group", "membership"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("group__workspace", "membership__user", "membership__workspace", "membership__custom_role")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(ordering="membership__user__email")
    def person(self, member: GroupMember) -> str:
        return str(member.membership.user)

    @admin.display(ordering="group__workspace__name")
    def workspace(self, member: GroupMember) -> str:
        return str(member.group.workspace)


class RoleForm(OperatorForm):
    permissions = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(permission.name, f"{permission.label}: {permission.help}") for permission in PERMISSIONS if permission.name in CUSTOM_NAMES],
        help_text="Nobody can be made an owner by a custom role.",
    )

    class Meta:
        model = Role
        fields: ClassVar[list[str]] = []


@admin.register(Role)
class RoleAdmin(OperatorAdmin):
    form = RoleForm
    list_display = ("name", "workspace", "what", "people")
    list_filter = ("workspace",)
    search_fields = ("name", "workspace__name")
    ordering = ("name", "pk")
    autocomplete_fields: ClassVar = ["workspace"]
    fields = ("workspace", "name", "description", "permissions")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        roles: QuerySet[Any] = super().get_queryset(request).select_related("workspace").annotate(people_count=Count("memberships"))
        return roles

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("workspace",) if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("workspace", "name", "description", "permissions" if self.has_change_permission(request, obj) else "what")

    @admin.display(description="May")
    def what(self, role: Role) -> str:
        return ", ".join(permission.label for permission in PERMISSIONS if permission.name in role.permissions) or "Nothing"

    @admin.display(description="People")
    def people(self, role: Any) -> int:
        return int(role.people_count)

    def write_row(self, operator: Operator, row: Role, *, is_new: bool) -> Model | None:
        words: dict[str, Any] = {"name": row.name, "description": row.description, "permissions": row.permissions}
        return create_custom_role(operator, workspace_id=row.workspace_id, **words) if is_new else change_custom_role(operator, role_id=row.pk, **words)

    def erase_row(self, operator: Operator, row: Role) -> None:
        delete_custom_role(operator, role_id=row.pk)
