"""Calls of models and what they were billed: to look at, never their text. Both lists grow with every call."""

import json
import re
from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from apps.accounts.models import User, Workspace
from apps.accounts.selectors.operators import get_operator
from apps.administration.admin.base import ReadOnlyAdmin, field_names, sees_people
from apps.administration.admin.long_lists import BoundedPaginator, KnownFilter, PastFilter
from apps.gateway.amounts import amount, no_price
from apps.gateway.models import QueryLog, UsageRecord
from apps.gateway.selectors.calls import known_kinds, known_models, known_outcomes

_IS_ID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_PEOPLE_MAX, _WORKSPACES_MAX = 100, 200
_OF_PEOPLE = ("user_id", "api_key_id")


class ModelFilter(KnownFilter):
    title, parameter_name = "model", "model"

    def known(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        return [(name, name) for name in known_models()]


class OutcomeFilter(KnownFilter):
    title, parameter_name = "outcome", "outcome"

    def known(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        return [(code, code.replace("_", " ").capitalize()) for code in known_outcomes()]


class KindFilter(KnownFilter):
    title, parameter_name = "kind", "kind"

    def known(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        return [(kind, kind.replace("_", " ").capitalize()) for kind in known_kinds()]


class CacheFilter(KnownFilter):
    title, parameter_name = "cache", "cache"

    def known(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        return [("exact", "The same call"), ("semantic", "In other words"), ("stale", "All models down"), ("miss", "Not there")]


class WorkspaceFilter(KnownFilter):
    """Only for who sees which workspaces there are."""

    title, parameter_name = "workspace", "workspace_id"

    def known(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        rows = Workspace.objects.visible_to_operator(get_operator(request.user)).order_by("name", "pk")
        return [(str(pk), name) for pk, name in rows.values_list("pk", "name")[:_WORKSPACES_MAX]]


class _CallAdmin(ReadOnlyAdmin):
    # `get_search_results` decides; without a name here there would be no field to type into.
    search_fields = ("call_id",)
    # By anything else it would have to sort all of them.
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        operator = get_operator(request.user)
        workspace = Workspace.objects.visible_to_operator(operator).filter(pk=OuterRef("workspace_id")).values("name")[:1]
        email = User.objects.visible_to_operator(operator).filter(pk=OuterRef("user_id")).values("email")[:1]
        rows: QuerySet[Any] = super().get_queryset(request).annotate(shown_email=Subquery(email), shown_workspace=Subquery(workspace))
        return rows

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        found = super().get_changelist_instance(request)
        found.search_help_text = "The whole id of a call, or a part of an e-mail" if sees_people(request) else "The whole id of a call"
        return found

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        found = Q(call_id=term) if _IS_ID.fullmatch(term) else Q(pk__in=[])
        if sees_people(request):
            people = User.objects.visible_to_operator(get_operator(request.user)).filter(email__icontains=term).values_list("pk", flat=True)
            found |= Q(user_id__in=list(people[:_PEOPLE_MAX]))
        return queryset.filter(found), False

    @admin.display(description="When")
    def at(self, row: Any) -> str:
        """As short as it can be told: whoever looks here looks at the last days."""
        return f"{row.created_at:%d %b, %H:%M:%S}" if row.created_at.year == timezone.now().year else f"{row.created_at:%d %b %Y, %H:%M:%S}"

    @admin.display(description="Who")
    def who(self, row: Any) -> str:
        if row.user_id is None:
            return "Quire itself"
        return row.shown_email or "somebody who is gone"

    @admin.display(description="Workspace")
    def of_workspace(self, row: Any) -> str:
        return row.shown_workspace or "–"

    @admin.display(description="Tokens in / out")
    def tokens(self, row: Any) -> str:
        if row.input_tokens is None and row.output_tokens is None:
            return "–"
        counted = f"{row.input_tokens or 0:,} / {row.output_tokens or 0:,}"
        return format_html('<span title="{}">≈ {}</span>', "Counted by Quire: the provider did not say", counted) if row.is_estimated else counted

    @admin.display(description="Money")
    def cost(self, row: Any) -> str:
        if row.money is not None:
            return amount(row.money)
        return "–" if row.input_tokens is None else no_price()


@admin.register(QueryLog)
class QueryLogAdmin(_CallAdmin):
    list_filter: ClassVar[Any] = (PastFilter, ModelFilter, OutcomeFilter, CacheFilter, KindFilter, WorkspaceFilter)
    ordering = ("-created_at", "-id")

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        who = ("who",) if sees_people(request) else ()
        return ("at", *who, "model", "outcome", "tokens", "cost", "took", "cache", "guards_hit")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        shown = {"guards": "readable_guards", "user_id": "who", "workspace_id": "of_workspace", "money": "cost"}
        hidden = ("id", *(() if sees_people(request) else (*_OF_PEOPLE, "workspace_id")))
        return [shown.get(name, name) for name in field_names(QueryLog, without=hidden)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.get_fields(request, obj)

    @admin.display(description="Took (first token)")
    def took(self, row: QueryLog) -> str:
        return _seconds(row.latency_ms) if row.first_ms is None else f"{_seconds(row.latency_ms)} ({_seconds(row.first_ms)})"

    @admin.display(description="Guards")
    def guards_hit(self, row: QueryLog) -> str:
        return ", ".join(f"{rule.replace('_', ' ').replace('.', ': ')} × {hit.get('count', 0)}" for rule, hit in sorted(row.guards.items())) or "–"

    @admin.display(description="guards")
    def readable_guards(self, row: QueryLog) -> str:
        return format_html("<pre>{}</pre>", json.dumps(row.guards, indent=2, ensure_ascii=False))


@admin.register(UsageRecord)
class UsageRecordAdmin(_CallAdmin):
    list_filter: ClassVar[Any] = (PastFilter, WorkspaceFilter)
    ordering = ("-id",)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        who = ("who", "of_workspace") if sees_people(request) else ()
        return ("at", *who, "purpose", "provider", "model", "tokens", "cost")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        shown = {"user_id": "who", "workspace_id": "of_workspace", "money": "cost"}
        hidden = ("id", *(() if sees_people(request) else (*_OF_PEOPLE, "workspace_id")))
        return [shown.get(name, name) for name in field_names(UsageRecord, without=hidden)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.get_fields(request, obj)


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"
