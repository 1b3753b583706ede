"""People, the workspaces they are in, and the role they have there."""

from typing import Any, ClassVar

from allauth.account.admin import EmailAddress  # its import registers it
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group

from apps.accounts.models import Membership, User, Workspace
from apps.administration.admin.base import KeptAdmin, OperatorAdmin, OperatorInline, OperatorScoped

admin.site.unregister(EmailAddress)  # a person's address is changed with the person
admin.site.unregister(Group)  # Quire's groups come with rights on collections; Django's would promise what they do not do


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]  # generic in its stubs only
    class Meta:
        model = User
        fields = ("email", "name")


class MembershipInline(OperatorInline):
    model = Membership
    autocomplete_fields: ClassVar = ["user", "workspace"]


@admin.register(User)
class UserAdmin(KeptAdmin, OperatorScoped, DjangoUserAdmin):  # type: ignore[type-arg]  # generic in its stubs only
    add_form = NewUserForm
    list_display = ("email", "name", "is_active", "operator_role", "last_login")
    list_filter = ("is_active", "operator_role")
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ()
    inlines: ClassVar = [MembershipInline]
    readonly_fields = ("last_login", "date_joined", "epoch")
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("email", "name", "password")}),
        ("Rights over the installation", {"fields": ("is_active", "operator_role")}),
        ("Dates", {"fields": ("last_login", "date_joined", "epoch")}),
    )
    add_fieldsets: Any = ((None, {"classes": ("wide",), "fields": ("email", "name", "usable_password", "password1", "password2")}),)


@admin.register(Workspace)
class WorkspaceAdmin(KeptAdmin, OperatorAdmin):
    list_display = ("name", "slug", "created_at")
    search_fields = ("name", "slug")
    prepopulated_fields: ClassVar = {"slug": ("name",)}
    readonly_fields = ("epoch",)
    inlines: ClassVar = [MembershipInline]


@admin.register(Membership)
class MembershipAdmin(OperatorAdmin):
    list_display = ("user", "workspace", "role", "created_at")
    list_filter = ("role",)
    search_fields = ("user__email", "workspace__name")
    list_select_related = ("user", "workspace")
    autocomplete_fields: ClassVar = ["user", "workspace"]
