from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from apps.accounts.doors import SIGNED_IN, declare
from apps.accounts.selectors.readers import get_reader, list_workspaces

# What the page needs that one is led to.
_NEEDED = "document.view"


@require_GET
@declare(SIGNED_IN)
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Go to the first workspace that opens; someone who is in none, or may do nothing in any, is told so."""
    workspaces = list_workspaces(request.user)
    for workspace in workspaces:
        if get_reader(request.user, workspace.slug).can(_NEEDED):
            return redirect("chat:begin", slug=workspace.slug)
    if workspaces:
        return render(request, "accounts/no_permission.html", {"workspaces": workspaces})
    return render(request, "accounts/no_workspace.html")
