"""What every request gets: an id, one log line, and errors turned into words."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.common.errors import Malformed, QuireError
from apps.common.errors_page import error_response
from apps.common.logs import bind, unbind_all

logger = logging.getLogger(__name__)
_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_QUIET = ("/health/", "/static/")

Handler = Callable[[HttpRequest], HttpResponse]


def request_context(get_response: Handler) -> Handler:
    """Give the request its id (the caller's, if it is harmless) and log one line when it is answered."""

    def handle(request: HttpRequest) -> HttpResponse:
        request_id = safe_request_id(request.headers.get("X-Request-Id", "")) or uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]  # Django's request is open for this
        unbind_all()
        bind(request_id=request_id)
        started = time.perf_counter()
        response = get_response(request)
        response["X-Request-Id"] = request_id
        if not request.path.startswith(_QUIET):
            log_answer(request, response.status_code, (time.perf_counter() - started) * 1000)
        return response

    return handle


def safe_request_id(offered: str) -> str:
    """The caller's own id, or nothing where it is not harmless."""
    return offered if _SAFE_ID.fullmatch(offered) else ""


def answer_errors(get_response: Handler) -> Handler:
    """Turn the errors that people may be told into an answer; all others stay with Django's handlers."""

    def handle(request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", ""):
            # Postgres knows no NUL: each filter that takes a parameter as it comes would fail on it.
            return error_response(request, Malformed("The address holds a character that no text can hold."))
        return get_response(request)

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, QuireError):
            return error_response(request, exception)
        return None

    handle.process_exception = process_exception  # type: ignore[attr-defined]  # Django looks the hook up on the callable
    return handle


def log_answer(request: HttpRequest, status: int, milliseconds: float) -> None:
    """The one line of a request."""
    match = request.resolver_match
    logger.info(
        "request.answered",
        extra={
            "method": request.method,
            "route": match.route if match else "",
            "status": status,
            "latency_ms": round(milliseconds, 1),
        },
    )
