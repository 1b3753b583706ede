"""The same errors as pages and as fragments for people."""

import logging

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.common.errors import LimitExceeded, Malformed, NotAllowed, NotFound, QuireError, TooLarge
from apps.common.problems import error_headers, keep_missing_right, problem_response

logger = logging.getLogger(__name__)


def wants_fragment(request: HttpRequest) -> bool:
    """The page's own script asks for a piece of HTML to put into the page."""
    return "HX-Request" in request.headers or "X-Quire-Fragment" in request.headers


def wants_json(request: HttpRequest) -> bool:
    return request.path.startswith("/api/") or request.headers.get("Accept", "").startswith("application/json")


def error_response(request: HttpRequest, error: QuireError) -> HttpResponse:
    """Answer `error` in the shape that was asked for: problem+json, a fragment, or a page."""
    keep_missing_right(request, error)
    if wants_json(request):
        return problem_response(error, request)
    template = "errors/_error.html" if wants_fragment(request) else "errors/error.html"
    context = {
        "status": error.status,
        "title": error.title,
        "detail": error.detail,
        "code": error.code,
        "is_retryable": error.is_retryable,
        "back_url": error.back_url,
        "request_id": getattr(request, "request_id", ""),
    }
    response = render(request, template, context, status=error.status)
    if "Retry-After" in (headers := error_headers(error)):
        response["Retry-After"] = headers["Retry-After"]
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, QuireError):
        return error_response(request, exception)
    if isinstance(exception, RequestDataTooBig):
        return error_response(request, TooLarge(f"The form's text is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes."))
    return error_response(request, Malformed("The request is not one that Quire can read."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(request, NotAllowed("access"))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(request, NotFound())


def too_many(request: HttpRequest) -> HttpResponse:
    """allauth's word for its own limits, each of which is over in a minute."""
    return error_response(request, LimitExceeded("That was asked for too often. Try again in a minute.", retry_after=60))


def server_error(request: HttpRequest) -> HttpResponse:
    """The last word: it has to come even where a template is what failed."""
    error = QuireError("Quire could not finish this. It has been logged; try again, and give the request id if it stays so.")
    try:
        return error_response(request, error)
    except Exception:
        logger.exception("error_page.failed")
        return HttpResponse(f"{error.title}. {error.detail}", status=500, content_type="text/plain; charset=utf-8")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_response(request, NotAllowed("csrf", "This form has expired or came from elsewhere. Reload the page and send it again."))
