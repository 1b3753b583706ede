"""RFC 9457 problem details: the one shape in which the API says that something went wrong."""

import math
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions as drf
from rest_framework.response import Response

from apps.common.errors import Invalid, Malformed, NotAllowed, NotFound, NotSignedIn, QuireError, TooLarge

CONTENT_TYPE = "application/problem+json"


def problem(error: QuireError, request_id: str) -> dict[str, Any]:
    """`type, title, status, detail, code, request_id` and what the error adds (for instance `right`, `errors`)."""
    return {
        "type": "about:blank",
        "title": error.title,
        "status": error.status,
        "detail": error.detail or error.title,
        "code": error.code,
        "request_id": request_id,
        **error.extra,
    }


def problem_response(error: QuireError, request: HttpRequest) -> JsonResponse:
    body = problem(error, getattr(request, "request_id", ""))
    return JsonResponse(body, status=error.status, content_type=CONTENT_TYPE, headers=error_headers(error))


def error_headers(error: QuireError) -> dict[str, str]:
    """What goes with an error besides its body: how to sign in, and after how many seconds to come again."""
    headers = {"WWW-Authenticate": getattr(error, "challenge", "Session")} if error.status == NotSignedIn.status else {}
    if retry_after := error.extra.get("retry_after"):
        headers["Retry-After"] = str(math.ceil(retry_after))
    return headers


def keep_missing_right(request: HttpRequest, error: QuireError) -> None:
    """Leave on the request which right it lacked, for the audit trail above us."""
    if isinstance(error, NotAllowed):
        # Any: Django's request is open for this.
        told: Any = request
        told.missing_right = error.extra["right"]


def handle_api_exception(exception: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: everything known becomes a problem; the unknown goes on to `server_error`."""
    error = translate(exception)
    if error is None:
        return None
    request = context["request"]
    keep_missing_right(request._request, error)
    body = problem(error, getattr(request._request, "request_id", ""))
    headers = error_headers(error)
    if wait := getattr(exception, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return Response(body, status=error.status, content_type=CONTENT_TYPE, headers=headers)


def translate(exception: Exception) -> QuireError | None:
    """Django's and DRF's own errors in our words; None for what nobody expected."""
    if isinstance(exception, QuireError):
        return exception
    if isinstance(exception, Http404):
        return NotFound()
    if isinstance(exception, drf.NotAuthenticated | drf.AuthenticationFailed):
        return NotSignedIn("This address needs a signed-in session, or an API key as Authorization: Bearer.")
    if isinstance(exception, drf.PermissionDenied | PermissionDenied):
        detail = str(getattr(exception, "detail", "") or "")
        return (
            NotAllowed("csrf", "The CSRF token is missing or wrong. Send the csrftoken cookie's value as X-CSRFToken.")
            if "CSRF" in detail
            else NotAllowed("access")
        )
    if isinstance(exception, drf.ValidationError):
        return Invalid("Some fields are not as they should be.", errors=exception.detail)
    if isinstance(exception, drf.ParseError):
        return Malformed("The body cannot be read as what its Content-Type says.")
    if isinstance(exception, drf.APIException):
        return _same_status(exception)
    return None


def _same_status(exception: drf.APIException) -> QuireError:
    if exception.status_code == TooLarge.status:
        return TooLarge(str(exception.detail))
    error = QuireError(str(exception.detail))
    # A class variable by design; here the status is DRF's own (405, 406, 415, 429, ...).
    error.__dict__.update(status=exception.status_code, code=exception.default_code, title=HTTPStatus(exception.status_code).phrase)
    return error
