"""A long list a page at a time, by the place of the last row seen instead of by its number.

A page is found by all the columns of the ordering, the last of which is the id, so that rows which come or go meanwhile, or
bear the same time, neither repeat a row nor skip one. REST framework's own cursor compares the first column alone and counts
over equal ones.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils.timezone import is_naive
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.errors import Malformed

LIMIT, LIMIT_MAX = 50, 200
CURSOR_CHARS_MAX = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """Between two rows: after (or, reading backwards, before) the row with these values. Without any: at the beginning, or the end."""

    is_backwards: bool = False
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        written = json.dumps([int(self.is_backwards), *self.values], separators=(",", ":"), ensure_ascii=False)
        return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


# Any, here and below: whatever rows a list is of.
class CursorPages(CursorPagination):
    """`{"results": […], "next_cursor": …, "previous_cursor": …}` by the parameters `cursor` and `limit`.

    The queryset's own ordering counts; its columns must not be null.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None, *, shown: Any = None) -> list[Any]:
        """Return a page of the queryset; with `shown`, these rows of it: what they join is looked up for one page and not for all to be sorted."""
        limit, place = _limit(request), _place(request)
        self.columns = _columns(queryset)
        if place.values:
            queryset = queryset.filter(_beyond(queryset.model, self.columns, place))
        order = [f"-{name}" if is_falling != place.is_backwards else name for name, is_falling in self.columns]
        found = queryset.order_by(*order)[: limit + 1]
        rows = list(found if shown is None else shown.filter(pk__in=found.values("pk")).order_by(*order))
        has_more, rows = len(rows) > limit, rows[:limit]
        if place.is_backwards:
            rows.reverse()
        # In the direction one came from there is always something to look for: whether it still is there, that page tells.
        has_next = has_more if not place.is_backwards else bool(place.values)
        has_previous = has_more if place.is_backwards else bool(place.values)
        self.next_place = self._at(rows[-1:], is_backwards=False) if has_next else None
        self.previous_place = self._at(rows[:1], is_backwards=True) if has_previous else None
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next_cursor": _written(self.next_place), "previous_cursor": _written(self.previous_place)})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        cursor = {"type": ["string", "null"]}
        return {
            "type": "object",
            "required": ["results", "next_cursor", "previous_cursor"],
            "properties": {"results": schema, "next_cursor": cursor, "previous_cursor": cursor},
        }

    def _at(self, row: Sequence[Model], *, is_backwards: bool) -> Place:
        """Beside this row; of an empty page, at the very end one came from."""
        return Place(is_backwards, tuple(_field(type(one), name).value_to_string(one) for one in row for name, _ in self.columns))


def _written(place: Place | None) -> str | None:
    return None if place is None else str(place)


def _limit(request: Request) -> int:
    asked = request.query_params.get("limit", str(LIMIT))
    if not (asked.isascii() and asked.isdigit() and len(asked) <= 3 and 1 <= int(asked) <= LIMIT_MAX):
        raise Malformed(f"The limit is a whole number from 1 to {LIMIT_MAX}.")
    return int(asked)


def _place(request: Request) -> Place:
    asked = request.query_params.get("cursor", "")
    if not asked:
        return Place()
    try:
        if len(asked) > CURSOR_CHARS_MAX:
            raise ValueError
        direction, *values = json.loads(base64.b64decode(asked + "=" * (-len(asked) % 4), altchars=b"-_", validate=True))
        if direction not in (0, 1) or not all(isinstance(value, str) and "\x00" not in value for value in values):
            raise ValueError
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise _malformed() from None
    return Place(bool(direction), tuple(values))


def _malformed() -> Malformed:
    return Malformed("The cursor is not one that this list gave. Begin anew without it.")


def _columns(queryset: QuerySet[Any]) -> list[tuple[str, bool]]:
    """The ordering's columns, each with whether it falls; the id comes last where it is not among them."""
    ordering = [*(queryset.query.order_by or queryset.model._meta.ordering)]
    names = [str(name) for name in ordering]
    key = queryset.model._meta.pk.name
    if key not in {name.lstrip("-") for name in names} | ({key} if "pk" in names or "-pk" in names else set()):
        names.append(key)
    return [(key if name.lstrip("-") == "pk" else name.lstrip("-"), name.startswith("-")) for name in names]


def _beyond(model: type[Model], columns: list[tuple[str, bool]], place: Place) -> Q:
    """What comes after the place: equal in the first columns, and beyond it in the next."""
    values = _read(model, columns, place.values)
    beyond, equal = Q(pk__in=[]), Q()
    for (name, is_falling), value in zip(columns, values, strict=True):
        beyond |= equal & Q(**{f"{name}__{'lt' if is_falling != place.is_backwards else 'gt'}": value})
        equal &= Q(**{name: value})
    # The same said of the first column alone lets the database begin at the right place of its index.
    (first, is_falling), *_ = columns
    return beyond & Q(**{f"{first}__{'lte' if is_falling != place.is_backwards else 'gte'}": values[0]})


def _read(model: type[Model], columns: list[tuple[str, bool]], written: Sequence[str]) -> list[Any]:
    if len(written) != len(columns):
        raise _malformed()
    try:
        return [_storable(_field(model, name).to_python(value)) for (name, _), value in zip(columns, written, strict=True)]
    except (ValidationError, ValueError, OverflowError):
        raise _malformed() from None


def _storable(value: Any) -> Any:
    """A moment in UTC, for Postgres knows fewer zones than Python; raises for one without a zone, or out of all time."""
    if not isinstance(value, datetime):
        return value
    if is_naive(value):
        raise ValueError
    return value.astimezone(UTC)


# Any: the stubs take a field that a model has for one that leads to it.
def _field(model: type[Model], name: str) -> Any:
    return model._meta.get_field(name)
