"""Who the request is from: for its log lines, for the audit trail, and for caches that must not keep what they were shown."""

import time
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from apps.accounts.limits import client_address
from apps.accounts.models import ApiKey, User
from apps.accounts.services.audit import RequestFacts, begin_request, end_request, note, tell_route, tell_user
from apps.common.errors import NotAllowed
from apps.common.logs import bind

Handler = Callable[[HttpRequest], HttpResponse]


def audit_requests(get_response: Handler) -> Handler:
    """Give each entry of the request its circumstances, and write one for the request itself (API) and for a refusal (all).

    Stands outside of everything that refuses, so that anonymous and forged requests have their entry too. Never holds the
    text of a request or its query string.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        facts = RequestFacts(getattr(request, "request_id", ""), client_address(request), request.method or "")
        begin_request(facts)
        try:
            response = get_response(request)
            facts.status, facts.latency_ms = response.status_code, round((time.perf_counter() - begun) * 1000)
            _note_request(request, facts)
        finally:
            end_request()
        return response

    # Django's own hook: the address is resolved by now, and whatever answers for the view comes after.
    def process_view(request: HttpRequest, *_: object) -> None:
        tell_route(request.resolver_match.route if request.resolver_match else "")

    # Any: Django looks the hook up on the callable.
    hooked: Any = handle
    hooked.process_view = process_view
    return handle


def _note_request(request: HttpRequest, facts: RequestFacts) -> None:
    if request.path.startswith("/api/"):
        _take_api_caller(request, facts)
        note("api.request")
    # A form that came from elsewhere or too late (CSRF) is refused as well, and no right is missing.
    if facts.status == NotAllowed.status and (right := getattr(request, "missing_right", "access")) != "csrf":
        note("right.denied", right=right)


def _take_api_caller(request: HttpRequest, facts: RequestFacts) -> None:
    """REST framework leaves on the request whom it found: a key's owner, nobody, or untouched what the session says."""
    user, key = request.__dict__.get("user"), request.__dict__.get("auth")
    if not isinstance(user, SimpleLazyObject):
        facts.user = user if isinstance(user, User) else None
    if isinstance(key, ApiKey):
        facts.api_key_id, facts.workspace_id = key.pk, key.workspace_id


def bind_user(get_response: Handler) -> Handler:
    """Put the person's id on each log line and entry of the request; reading it is what a signed-in page does anyway."""

    def handle(request: HttpRequest) -> HttpResponse:
        if request.session.session_key and request.user.is_authenticated:
            bind(user_id=str(request.user.pk))
            tell_user(request.user)
        return get_response(request)

    return handle


def keep_private(get_response: Handler) -> Handler:
    """Let no cache keep what a signed-in person was shown, unless the view says otherwise."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        # REST framework puts None for the user where a session came without the CSRF token.
        if request.session.session_key and getattr(request.user, "is_authenticated", False) and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response

    return handle
