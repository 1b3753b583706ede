"""The door of every page: from the address to a Reader, or an error that gives nothing away."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase

from apps.accounts.doors import declare
from apps.accounts.selectors.readers import get_reader
from apps.accounts.services.audit import tell_reader
from apps.accounts.types import Reader
from apps.common.errors import NotSignedIn
from apps.common.errors_page import wants_fragment, wants_json

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Reader, P], HttpResponseBase]


def workspace_page(action: str) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Let in who is signed in, has a membership in the workspace `slug` and may do `action`.

    Otherwise: the sign-in page (401 for fragments and JSON), 404, or 403 naming the action.
    """

    def decorate(view: View[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                if wants_fragment(request) or wants_json(request):
                    raise NotSignedIn("Your session has ended. Sign in again; what you typed is kept.")
                return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
            reader = get_reader(request.user, slug)
            tell_reader(reader)
            reader.require(action)
            return view(request, reader, *args, **kwargs)

        guarded.is_guarded = True  # type: ignore[attr-defined]  # the check at start asks who asks
        return declare(action)(guarded)

    return decorate
