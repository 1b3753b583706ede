"""For lists of what has no end: the audit trail, calls, usage. Nothing in them may look at every row."""

from collections.abc import Iterable
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

ROWS_MAX = 10_000
_PERIODS = {
    "hour": ("Past hour", timedelta(hours=1)),
    "day": ("Past day", timedelta(days=1)),
    "week": ("Past 7 days", timedelta(days=7)),
    "month": ("Past 30 days", timedelta(days=30)),
}


# Any: generic in its stubs only.
_Paginator: Any = Paginator


class BoundedPaginator(_Paginator):
    """Turns the pages of the newest ROWS_MAX entries: to count millions for each page would take longer than all the rest."""

    @cached_property
    def count(self) -> int:
        # Any: whatever the list shows; here a queryset.
        entries: Any = self.object_list
        return int(entries.order_by()[:ROWS_MAX].count())


class PastFilter(admin.SimpleListFilter):
    """The newest, by the column `field`. Django's own hierarchy of dates would look at each row to find its days."""

    title = "time"
    parameter_name = "period"
    field = "created_at"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, label) for name, (label, _) in _PERIODS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = _PERIODS.get(self.value() or "")
        return queryset.filter(**{f"{self.field}__gte": timezone.now() - chosen[1]}) if chosen else queryset


class KnownFilter(admin.SimpleListFilter):
    """By a column that holds words; which there may be is known without asking all rows for theirs."""

    parameter_name = ""

    def known(self, request: HttpRequest) -> Iterable[tuple[str, str]]:
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.choices_known = list(self.known(request))
        return self.choices_known

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None:
            return queryset
        return queryset.filter(**{self.parameter_name: value}) if value in dict(self.choices_known) else queryset.none()
