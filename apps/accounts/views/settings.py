"""The frame of the settings' pages: which there are, and who is shown which."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from apps.accounts.access import workspace_page
from apps.accounts.selectors.keys import has_living_keys
from apps.accounts.types import Reader


@require_GET
@workspace_page("document.view")
def settings_home(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Go to the first page that this person may open."""
    return redirect(f"accounts:{pages_of(reader)[0][0]}", slug=reader.workspace.slug)


def pages_of(reader: Reader) -> list[tuple[str, str]]:
    """The names of the pages' addresses, with what they are called."""
    keys = [("keys", "API keys")] if sees_keys(reader) else []
    return [*keys, ("permissions", "Permissions")]


def sees_keys(reader: Reader) -> bool:
    return reader.can("key.create") or reader.can("key.manage") or has_living_keys(reader)


# Any: a template's context.
def frame(reader: Reader, current: str) -> dict[str, Any]:
    links = [(reverse(f"accounts:{name}", args=[reader.workspace.slug]), label, name == current) for name, label in pages_of(reader)]
    return {"reader": reader, "workspace": reader.workspace, "pages": links}
