"""People, the workspaces they are in, and the role they have there."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.forms import ModelForm
from django.http import HttpRequest

from apps.accounts.models import Membership, User, Workspace
from apps.accounts.services.people import count_rights_change
from apps.administration.admin.base import KeptAdmin

admin.site.unregister(Group)  # Quire's groups come with rights on collections; Django's would promise what they do not do


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]  # generic in its stubs only
    class Meta:
        model = User
        fields = ("email", "name")


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in its stubs only
    model = Membership
    extra = 0
    autocomplete_fields: ClassVar = ["user", "workspace"]


@admin.register(User)
class UserAdmin(KeptAdmin, DjangoUserAdmin):  # type: ignore[type-arg]  # generic in its stubs only
    add_form = NewUserForm
    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    ordering = ("email",)
    inlines: ClassVar = [MembershipInline]
    readonly_fields = ("last_login", "date_joined", "epoch")
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("email", "name", "password")}),
        ("Rights over the installation", {"fields": ("is_active", "is_staff")}),
        ("Dates", {"fields": ("last_login", "date_joined", "epoch")}),
    )
    add_fieldsets: Any = ((None, {"classes": ("wide",), "fields": ("email", "name", "usable_password", "password1", "password2")}),)

    def save_model(self, request: HttpRequest, obj: User, form: "ModelForm[User]", change: bool) -> None:
        """Each change may be one of rights."""
        super().save_model(request, obj, form, change)
        count_rights_change(obj)


@admin.register(Workspace)
class WorkspaceAdmin(KeptAdmin, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in its stubs only
    list_display = ("name", "slug", "created_at")
    search_fields = ("name", "slug")
    prepopulated_fields: ClassVar = {"slug": ("name",)}
    readonly_fields = ("epoch",)
    inlines: ClassVar = [MembershipInline]


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in its stubs only
    list_display = ("user", "workspace", "role", "created_at")
    list_filter = ("role",)
    search_fields = ("user__email", "workspace__name")
    list_select_related = ("user", "workspace")
    autocomplete_fields: ClassVar = ["user", "workspace"]
