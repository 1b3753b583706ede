"""Runs and how they ended. Questions and answers stay with their asker: no list here shows their text."""

from django.contrib import admin
from django.http import HttpRequest

from apps.administration.admin.base import ReadOnlyAdmin, sees_people
from apps.chat.models import Run


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_filter = ("state", "error_code", "model")
    list_select_related = ("conversation__owner",)
    date_hierarchy = "created_at"
    search_help_text = "The whole id of a run"

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        asker = ("asker",) if sees_people(request) else ()
        return ("id", *asker, "state", "attempt", "model", "error_code", "created_at", "finished_at")

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("id__exact", "conversation__owner__email") if sees_people(request) else ("id__exact",)

    def get_fields(self, request: HttpRequest, obj: object = None) -> tuple[str, ...]:
        asker = ("asker",) if sees_people(request) else ()
        return (
            *asker, "state", "stage", "attempt", "claimed_by", "lease_until", "model",
            "error_code", "error_detail", "created_at", "started_at", "finished_at", "cancel_requested_at",
        )  # fmt: skip

    @admin.display(ordering="conversation__owner__email")
    def asker(self, run: Run) -> str:
        return run.conversation.owner.email
