"""The jobs that read documents: what became of them, having a document read again, and stopping that."""

import re
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from apps.accounts.selectors.operators import get_operator
from apps.administration.admin.base import ReadOnlyAdmin, field_names, sees_people
from apps.administration.services.reading import cancel_job, retry_job
from apps.common.errors import QuireError
from apps.documents.models import Document, IngestJob

_IS_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# More would keep whoever pressed the button waiting; pressed again, it takes the next.
_AT_ONCE = 500


@admin.register(IngestJob)
class IngestJobAdmin(ReadOnlyAdmin):
    """Every job, so that none fails unseen. Whose title is shown and searched is said by the document's own rule."""

    list_display = ("of_document", "state", "step", "percent", "attempt", "error_code", "created_at", "finished_at")
    list_filter = ("state", "step", "error_code")
    search_fields = ("id__exact",)
    search_help_text = "The whole id of a job, or words of a title"
    date_hierarchy = "created_at"
    actions = ("retry_jobs", "cancel_jobs")
    change_form_template = "admin/documents/ingestjob/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        titles = self._documents(request).filter(pk=OuterRef("document")).values("title")[:1]
        unnamed = "a restricted document" if get_operator(request.user).can_view(Document) else "a document"
        jobs: QuerySet[Any] = super().get_queryset(request).annotate(shown_title=Coalesce(Subquery(titles), Value(unnamed)))
        return jobs

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        titled = Q(document__in=self._documents(request).filter(title__icontains=term))
        return queryset.filter(titled | Q(pk=term) if _IS_ID.fullmatch(term) else titled), False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        # A version is named by its document's title, and an owner is a person.
        hidden = ("id", "document", "version", *(() if sees_people(request) else ("owner",)))
        return ["of_document", *field_names(IngestJob, without=hidden)]

    @admin.display(description="Document")
    def of_document(self, job: Any) -> str:
        return str(job.shown_title)

    @staticmethod
    def _documents(request: HttpRequest) -> QuerySet[Any]:
        return Document.objects.visible_to_operator(get_operator(request.user))

    # --- what is done about them

    def has_steer_permission(self, request: HttpRequest) -> bool:
        return get_operator(request.user).can_change(IngestJob)

    @admin.action(description="Read the documents again", permissions=["steer"])
    def retry_jobs(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        rows: Any = queryset
        self._steer(request, rows.to_retry(), retry_job, ("is being read again", "are being read again", "neither failed nor cancelled last"))

    @admin.action(description="Stop reading the documents", permissions=["steer"])
    def cancel_jobs(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        rows: Any = queryset
        self._steer(request, rows.unfinished(), cancel_job, ("is not read any further", "are not read any further", "over already"))

    def _steer(self, request: HttpRequest, fit: QuerySet[Any], act: Callable[..., None], words: tuple[str, str, str]) -> None:
        """Do it with each that it fits, by itself: one that is refused keeps no other from it. Documents are counted and not named."""
        operator = get_operator(request.user)
        jobs = list(fit.order_by("created_at", "pk").values_list("pk", flat=True)[: _AT_ONCE + 1])
        refusals: dict[str, int] = {}
        for job_id in jobs[:_AT_ONCE]:
            try:
                act(operator, job_id=job_id)
            except QuireError as error:
                reason = error.detail or error.title
                refusals[reason] = refusals.get(reason, 0) + 1
        done = min(len(jobs), _AT_ONCE) - sum(refusals.values())
        parts = [_counted(done, words[0], words[1])] if done else []
        parts += [f"{count} could not. {reason}" for reason, count in refusals.items()]
        if len(jobs) > _AT_ONCE:
            parts.append(f"{_AT_ONCE} are taken at once: choose the rest again.")
        elif not jobs:
            parts.append(f"Of the selected jobs all are {words[2]}.")
        messages.add_message(request, messages.SUCCESS if done and not refusals else messages.WARNING, " ".join(parts))

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None) -> Any:
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "may_steer": self.has_steer_permission(request)})


def _counted(count: int, one: str, many: str) -> str:
    return f"1 document {one}." if count == 1 else f"{count} documents {many}."
