from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.common.logs import bind


def bind_user(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Put the person's id on each log line of the request; reading it is what a signed-in page does anyway."""

    def handle(request: HttpRequest) -> HttpResponse:
        if request.session.session_key and request.user.is_authenticated:
            bind(user_id=str(request.user.pk))
        return get_response(request)

    return handle


def keep_private(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Let no cache keep what a signed-in person was shown, unless the view says otherwise."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        # REST framework puts None for the user where a session came without the CSRF token.
        if request.session.session_key and getattr(request.user, "is_authenticated", False) and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response

    return handle
