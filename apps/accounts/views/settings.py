"""The frame of the settings' pages."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.accounts.access import workspace_page
from apps.accounts.settings_pages import pages_of
from apps.accounts.types import Reader


@require_GET
@workspace_page("document.view")
def settings_home(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Go to the first page that this person may open."""
    return redirect(pages_of(reader)[0].url_name, slug=reader.workspace.slug)


# Any: a template's context.
def frame(reader: Reader, current: str) -> dict[str, Any]:
    links = [(reverse(page.url_name, args=[reader.workspace.slug]), page.label, page.url_name == current) for page in pages_of(reader)]
    return {"reader": reader, "workspace": reader.workspace, "pages": links}
