"""A filter by a related row offers what the operator sees of those rows, whichever list it stands beside."""

from typing import Any

from django.contrib.admin import FieldListFilter, RelatedFieldListFilter
from django.http import HttpRequest

from apps.accounts.selectors.operators import get_operator


class OperatorRelatedFilter(RelatedFieldListFilter):
    # Any: fields and rows of whatever model the list is about.
    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        rows = field.related_model._default_manager.all().visible_to_operator(get_operator(request.user))
        return [(row.pk, str(row)) for row in rows]


FieldListFilter.register(lambda field: bool(field.remote_field), OperatorRelatedFilter, take_priority=True)
