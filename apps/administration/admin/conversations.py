"""Runs and how they ended. Questions and answers stay with their asker: no list here shows their text."""

from typing import Any, ClassVar

from django.contrib import admin

from apps.administration.admin.base import ReadOnlyAdmin
from apps.chat.models import Run


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("id", "asker", "state", "attempt", "model", "error_code", "created_at", "finished_at")
    list_filter = ("state", "error_code", "model")
    search_fields = ("id__exact", "conversation__owner__email")
    list_select_related = ("conversation__owner",)
    date_hierarchy = "created_at"
    fields: ClassVar[Any] = (
        "asker", "state", "stage", "attempt", "claimed_by", "lease_until", "model",
        "error_code", "error_detail", "created_at", "started_at", "finished_at", "cancel_requested_at",
    )  # fmt: skip

    @admin.display(ordering="conversation__owner__email")
    def asker(self, run: Run) -> str:
        return run.conversation.owner.email
