"""One's own use of models, and what is left of the budgets that it counts for."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from apps.accounts.access import workspace_page
from apps.accounts.types import Reader
from apps.accounts.views.settings import frame
from apps.gateway.ledger.standing import what_is_left
from apps.gateway.selectors.usage import list_own_usage


@require_GET
@workspace_page("document.view")
def usage(request: HttpRequest, reader: Reader) -> HttpResponse:
    context = {"budgets": what_is_left(reader, timezone.now()), "rows": list_own_usage(reader), "currency": settings.QUIRE_CURRENCY}
    return render(request, "gateway/usage.html", {**frame(reader, "gateway:usage"), **context})
