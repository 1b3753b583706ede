"""Guards: what is kept from models and from answers."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.accounts.models import Workspace
from apps.accounts.selectors.operators import get_operator
from apps.accounts.types import Operator
from apps.administration.admin.base import OperatorAdmin, OperatorForm, PlainChoices
from apps.gateway.models import GuardPolicy
from apps.gateway.services.policies import delete_guard_policy, save_guard_policy


class LinesField(forms.CharField):
    """A list, one of it a line."""

    def __init__(self, *, longest: int, **kwargs: Any) -> None:
        self.longest = longest
        super().__init__(widget=forms.Textarea(attrs={"rows": 6, "cols": 40, "class": "vLargeTextField", "spellcheck": "false"}), required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    # Any: Django's own says a text; here it is a list.
    def to_python(self, value: Any) -> Any:
        lines = [line.strip() for line in str(value or "").splitlines()]
        if too_long := [number for number, line in enumerate(lines, 1) if len(line) > self.longest]:
            raise forms.ValidationError(f"Line {too_long[0]} is longer than {self.longest} characters.")
        return [line for line in lines if line]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (initial or []) != [line.strip() for line in str(data or "").splitlines() if line.strip()]


class GuardPolicyForm(OperatorForm):
    prohibited_words = LinesField(
        label="Words and phrases", longest=120, help_text="One word or phrase a line. They are found in questions and in answers, in any letters."
    )
    link_hosts = LinesField(
        label="Hosts",
        longest=253,
        help_text="One host a line, such as docs.example.org. Links and pictures in answers that lead anywhere else are taken out; * lets all of them stand.",
    )

    class Meta:
        model = GuardPolicy
        fields: ClassVar[list[str]] = []
        labels: ClassVar[dict[str, str]] = {"prohibited": "What is done", "injection": "What is done", "injection_threshold": "Threshold"}
        help_texts: ClassVar[dict[str, str]] = {
            "workspace": "Empty: for all workspaces that have no policy of their own.",
            "personal_data": "E-mail addresses, telephone numbers, IBANs and card numbers. Masked ones never reach the model.",
            "secrets": "Passwords, API keys and the like that somebody pasted.",
            "is_unmasked": "The reader sees what was masked; the model does not.",
            "prohibited": "What is done with a question or an answer that has one of these words.",
            "injection": "Text that tries to give the model orders: in questions, in passages of documents and in what tools bring.",
            "injection_threshold": "From which score on, of 1 to 100. A lower one finds more, and more that means no harm.",
        }


@admin.register(GuardPolicy)
class GuardPolicyAdmin(PlainChoices, OperatorAdmin):
    form = GuardPolicyForm
    list_display = ("for_whom", "personal_data", "secrets", "prohibited", "word_count", "injection", "host_count")
    search_fields = ("workspace__name",)
    ordering = ("workspace__name", "pk")
    list_select_related = ("workspace",)
    autocomplete_fields: ClassVar = ["workspace"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("workspace")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        whom = "workspace" if obj is None and get_operator(request.user).can_view(Workspace) else "for_whom"
        return (
            (None, {"fields": (whom,)}),
            ("Personal data and secrets", {"fields": ("personal_data", "secrets", "is_unmasked")}),
            ("Prohibited words", {"fields": ("prohibited", "prohibited_words")}),
            ("Prompt injection", {"fields": ("injection", "injection_threshold")}),
            ("Links in answers", {"fields": ("link_hosts",)}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("for_whom",)

    @admin.display(description="For", ordering="workspace__name")
    def for_whom(self, policy: GuardPolicy) -> str:
        return str(policy.workspace) if policy.workspace_id else "All workspaces without one of their own"

    @admin.display(description="Words")
    def word_count(self, policy: GuardPolicy) -> int:
        return len(policy.prohibited_words)

    @admin.display(description="Hosts")
    def host_count(self, policy: GuardPolicy) -> int:
        return len(policy.link_hosts)

    def write_row(self, operator: Operator, row: GuardPolicy, *, is_new: bool) -> GuardPolicy:
        return save_guard_policy(operator, row)

    def erase_row(self, operator: Operator, row: GuardPolicy) -> None:
        delete_guard_policy(operator, policy_id=row.pk)
