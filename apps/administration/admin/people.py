"""People and workspaces. An account is switched off, not deleted; a workspace has an owner from the start."""

from typing import Any, ClassVar

from allauth.account.admin import EmailAddress  # its import registers it
from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from apps.accounts.models import Membership, OperatorRole, User, Workspace
from apps.accounts.selectors.operators import get_operator
from apps.accounts.services.operators import add_person, change_operator_role, change_person, disable_person, enable_person
from apps.accounts.services.workspaces import add_workspace, change_workspace
from apps.accounts.types import Operator
from apps.administration.admin.base import KeptAdmin, OperatorAdmin, OperatorForm
from apps.administration.admin.memberships import AddPersonToOthers, AddPersonToWorkspace, PeopleOfWorkspace, WorkspacesOfPerson
from apps.administration.selectors.people import get_account

admin.site.unregister(EmailAddress)  # a person's address is changed with the person
admin.site.unregister(Group)  # Quire's groups come with rights on collections; Django's would promise what they do not do

# A form holds 200 fields and a row three of them: what is longer has a list of its own.
MOST_ROWS = 40


class EmailInSmallLetters:
    """As it is kept, so that one that is taken is noticed in any letters."""

    cleaned_data: dict[str, Any]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class UserForm(EmailInSmallLetters, OperatorForm):
    pass


class NewUserForm(EmailInSmallLetters, AdminUserCreationForm):  # type: ignore[type-arg]  # generic in its stubs only
    class Meta:
        model = User
        fields = ("email", "name")


class NewPasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]  # generic in its stubs only
    """A new password and nothing else: who is not to sign in is switched off."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("usable_password", None)
        self.fields["password1"].required = self.fields["password2"].required = True


@admin.register(User)
class UserAdmin(KeptAdmin, OperatorAdmin, DjangoUserAdmin):  # type: ignore[type-arg]  # generic in its stubs only
    form = UserForm
    add_form = NewUserForm
    change_password_form = NewPasswordForm
    list_display = ("email", "name", "is_active", "operator_role", "last_login")
    list_filter = ("is_active", "operator_role")
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ()
    inlines: ClassVar = [WorkspacesOfPerson, AddPersonToOthers]
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("email", "name", "sign_in")}),
        ("Rights over the installation", {"fields": ("is_active", "operator_role")}),
        ("Dates", {"fields": ("last_login", "date_joined", "epoch")}),
    )
    add_fieldsets: Any = ((None, {"classes": ("wide",), "fields": ("email", "name", "usable_password", "password1", "password2")}),)

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return inlines_that_fit(self.inlines, obj, "memberships")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        always = ("sign_in", "last_login", "date_joined", "epoch")
        return always if get_operator(request.user).role == OperatorRole.ADMINISTRATOR else (*always, "operator_role")

    @admin.display(description="Password")
    def sign_in(self, person: User) -> str:
        """Never the hash, not even in part."""
        state = "is set" if person.has_usable_password() else "is not set: this account cannot sign in"
        address = reverse("admin:auth_user_password_change", args=[person.pk])
        return format_html('{} · <a href="{}">Set a new one</a>', state, address)

    def write_row(self, operator: Operator, row: Any, *, is_new: bool) -> Model | None:
        if is_new:
            return add_person(operator, email=row.email, name=row.name, password=row._password)
        before = get_account(operator, row.pk)
        if (before.email, before.name) != (row.email, row.name):
            change_person(operator, user_id=row.pk, email=row.email, name=row.name)
        if before.operator_role != row.operator_role:
            change_operator_role(operator, user_id=row.pk, role=row.operator_role)
        if before.is_active != row.is_active:
            change = enable_person if row.is_active else disable_person
            change(operator, user_id=row.pk)
        return None


class NewWorkspaceForm(OperatorForm):
    """A name and an owner; the address is made of the name."""

    owner = forms.ModelChoiceField(queryset=User.objects.none(), help_text="Who adds the others. More owners can be named later.")

    class Meta:
        model = Workspace
        fields = ("name",)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        self.instance.first_owner = self.cleaned_data.get("owner")
        return cleaned


@admin.register(Workspace)
class WorkspaceAdmin(KeptAdmin, OperatorAdmin):
    list_display = ("name", "slug", "created_at")
    search_fields = ("name", "slug")
    ordering = ("name", "pk")
    inlines: ClassVar = [PeopleOfWorkspace, AddPersonToWorkspace]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return inlines_that_fit(self.inlines, obj, "memberships")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("name", "slug", "people", "created_at", "epoch") if obj else ("name", "owner")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("people", "created_at", "epoch") if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None:
            return super().get_form(request, obj, change=change, **kwargs)
        form = super().get_form(request, obj, change=change, **{**kwargs, "form": NewWorkspaceForm})
        owner = form.base_fields["owner"]
        owner.queryset = User.objects.visible_to_operator(get_operator(request.user)).filter(is_active=True)
        owner.widget = AutocompleteSelect(Membership._meta.get_field("user"), self.admin_site)
        owner.widget.choices = owner.choices
        return form

    @admin.display(description="All people")
    def people(self, workspace: Workspace) -> str:
        address = f"{reverse('admin:accounts_membership_changelist')}?workspace__id__exact={workspace.pk}"
        return format_html('<a href="{}">{} in this workspace</a>', address, workspace.memberships.count())

    def write_row(self, operator: Operator, row: Any, *, is_new: bool) -> Model | None:
        if is_new:
            return add_workspace(operator, name=row.name, owner_id=row.first_owner.pk)
        return change_workspace(operator, workspace_id=row.pk, name=row.name, slug=row.slug)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return goes_on(request, lambda: super(WorkspaceAdmin, self).response_add(request, obj, post_url_continue))


def goes_on(request: HttpRequest, answer: Any) -> HttpResponse:
    """After adding, to the page of what was added: there is more to say on it."""
    if "_addanother" not in request.POST and "_popup" not in request.POST:
        # Any: a copy can be changed. Django's own page for people does it like this.
        posted: Any = request.POST.copy()
        posted["_continue"] = "1"
        request.POST = posted
    response: HttpResponse = answer()
    return response


def inlines_that_fit(inlines: list[Any], obj: Any, related: str) -> list[Any]:
    """None on the page that adds the row; no more rows than a form can hold."""
    if obj is None:
        return []
    return inlines if getattr(obj, related).count() <= MOST_ROWS else inlines[1:]
