"""The page that says who may what."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts.access import workspace_page
from apps.accounts.permissions import PERMISSIONS, list_rules
from apps.accounts.selectors.roles import list_role_columns
from apps.accounts.types import Reader
from apps.accounts.views.settings import frame


@require_GET
@workspace_page("document.view")
def permission_table(request: HttpRequest, reader: Reader) -> HttpResponse:
    columns = list_role_columns(reader)
    rows = [(one, reader.can(one.name), [(column, one.name in column.permissions) for column in columns]) for one in PERMISSIONS]
    context = {**frame(reader, "accounts:permissions"), "columns": columns, "rows": rows, "rules": list_rules()}
    return render(request, "accounts/permissions.html", context)
