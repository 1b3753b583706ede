"""The audit trail: to look at, to search, to hand out. Nobody changes it here, and nobody can: see the model."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.core.handlers.asgi import ASGIRequest
from django.db import Error as DatabaseTrouble
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from apps.accounts.doors import OPERATOR, declare
from apps.accounts.models import AuditEntry
from apps.accounts.selectors.audit import all_lines, list_actions, read_lines, search_entries
from apps.accounts.selectors.operators import get_operator
from apps.accounts.selectors.sessions import get_session_user
from apps.accounts.services.audit_export import begin_export
from apps.administration.admin.base import ReadOnlyAdmin, field_names
from apps.administration.admin.long_lists import BoundedPaginator, PastFilter
from apps.common.db import run_db
from apps.common.errors import Invalid, NotAllowed, QuireError
from apps.common.transfers import while_open

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.25


class FamilyFilter(admin.SimpleListFilter):
    """The part of an action before its dot."""

    title = "action"
    parameter_name = "family"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.actions = list_actions()
        families = sorted({action.partition(".")[0] for action in self.actions})
        return [(family, family.replace("_", " ").capitalize()) for family in families]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        family = self.value()
        if family is None:
            return queryset
        return queryset.filter(action__in=[action for action in self.actions if action.partition(".")[0] == family])


class PeriodFilter(PastFilter):
    field = "at"


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "action", "actor", "about", "status", "address")
    list_filter: ClassVar[Any] = (FamilyFilter, PeriodFilter)
    # `get_search_results` decides; without a name here there would be no field to type into.
    search_fields = ("action",)
    search_help_text = (
        "The whole of one of these: an e-mail, an address such as 203.0.113.7, an action such as key.made, a day such as 2026-01-31, "
        "or the id of a request, an object, a person, a workspace or a key."
    )
    ordering = ("-id",)
    # By anything else it would have to sort all of them.
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    fields: ClassVar[Any] = tuple("readable_detail" if name == "detail" else name for name in field_names(AuditEntry))
    readonly_fields = ("readable_detail",)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        return (search_entries(queryset, search_term) if search_term.strip() else queryset), False

    def get_urls(self) -> list[URLPattern]:
        return [path("export/", self.admin_site.admin_view(export), name="accounts_auditentry_export"), *super().get_urls()]

    @admin.display(description="object")
    def about(self, entry: AuditEntry) -> str:
        return f"{entry.object_type} {entry.object_id}".strip() or entry.route

    @admin.display(description="detail")
    def readable_detail(self, entry: AuditEntry) -> str:
        return format_html("<pre>{}</pre>", json.dumps(entry.detail, indent=2, ensure_ascii=False))


@declare(OPERATOR)
@require_POST
def export(request: HttpRequest) -> StreamingHttpResponse:
    """What the list shows with the address's filters and search, all of it, as lines of JSON."""
    page: Any = admin.site.get_model_admin(AuditEntry)
    if not page.has_view_permission(request):
        raise PermissionDenied
    try:
        found = page.get_changelist_instance(request).queryset
    except IncorrectLookupParameters:
        raise Invalid("This list has no such filter.") from None
    asked = {name: request.GET.getlist(name) for name in request.GET}
    entries = begin_export(found, actor=get_operator(request.user).user, asked=asked)
    # A plain iterator would be read into memory as a whole before its first byte is sent.
    look_after = partial(_look_after, str(request.session.session_key))
    lines = while_open(_lines(entries), look_after) if isinstance(request, ASGIRequest) else all_lines(entries)
    name = f"quire-audit-{timezone.now():%Y-%m-%d}.jsonl"
    return StreamingHttpResponse(lines, content_type="application/x-ndjson", headers={"Content-Disposition": f'attachment; filename="{name}"'})


async def _lines(entries: QuerySet[AuditEntry]) -> AsyncGenerator[str, None]:
    lines, after = await run_db(read_lines, entries, 0)
    while lines:
        yield lines
        lines, after = await run_db(read_lines, entries, after)


async def _look_after(session_key: str) -> None:
    """Return as soon as the session or the operator's right to the trail is over, or cannot be told."""
    try:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await run_db(_confirm, session_key)
    except (QuireError, DatabaseTrouble) as reason:
        logger.info("audit.export_cut", extra={"reason": type(reason).__name__})


def _confirm(session_key: str) -> None:
    if not get_operator(get_session_user(session_key)).can_view(AuditEntry):
        raise NotAllowed("operator.logs")
