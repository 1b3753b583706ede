from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from apps.accounts.doors import SIGNED_IN, declare
from apps.accounts.selectors.readers import list_workspaces


@require_GET
@declare(SIGNED_IN)
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Go to the first workspace; someone who is in none is told so."""
    first = next(iter(list_workspaces(request.user)), None)
    if first is None:
        return render(request, "accounts/no_workspace.html", status=200)
    return redirect("chat:begin", slug=first.slug)
