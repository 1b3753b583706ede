"""What went wrong, in OpenAI's shape: {"error": {"message", "type", "param", "code"}} with the status that its clients know."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpResponse

from apps.common.errors import Conflict, Invalid, LimitExceeded, Malformed, NotAllowed, NotFound, NotSignedIn, QuireError, TooLarge
from apps.common.problems import error_headers
from apps.gateway.errors import (
    Blocked,
    BudgetExceeded,
    ContentRefused,
    ContextTooLong,
    ModelNotFound,
    ModelWithoutPrice,
    ProviderError,
    ProviderTimedOut,
    ProviderUnavailable,
    RequestRefused,
)

_BAD = "invalid_request_error"
# The first class that fits counts. Status, type, code; None: the error's own status or code.
_SHAPES: tuple[tuple[type[QuireError], tuple[int | None, str, str | None]], ...] = (
    (NotSignedIn, (401, "authentication_error", "invalid_api_key")),
    (NotAllowed, (403, "permission_error", "insufficient_permissions")),
    (ModelWithoutPrice, (403, "permission_error", None)),
    (NotFound, (404, _BAD, None)),
    (Invalid, (400, _BAD, "invalid_value")),
    (Malformed, (400, _BAD, "invalid_json")),
    (TooLarge, (413, _BAD, "request_too_large")),
    (Conflict, (409, _BAD, None)),
    (LimitExceeded, (429, "rate_limit_error", "rate_limit_exceeded")),
    (BudgetExceeded, (402, "insufficient_quota", "insufficient_quota")),
    (Blocked, (400, _BAD, "content_filter")),
    (ContextTooLong, (400, _BAD, "context_length_exceeded")),
    (ContentRefused, (400, _BAD, "content_filter")),
    (RequestRefused, (400, _BAD, None)),
    (ProviderTimedOut, (504, "server_error", None)),
    (ProviderUnavailable, (503, "server_error", None)),
    (ProviderError, (502, "server_error", None)),
    (QuireError, (None, _BAD, None)),
)


class NoSuchModel(ModelNotFound):
    """Absent, and not for this caller: the same words."""

    status = 404

    def __init__(self, name: str) -> None:
        # What the caller wrote, cut: it is theirs.
        super().__init__(f"The model '{name[:80]}' does not exist or you do not have access to it.", param="model")


class MethodNotAllowed(QuireError):
    status, code, title = 405, "method_not_allowed", "Method not allowed"


def error_body(error: QuireError) -> dict[str, Any]:
    """The object itself, for an answer as for a line of a stream. `renews_at` says of a budget when there is more."""
    _, kind, code = _shape(error)
    body: dict[str, Any] = {"message": error.detail or error.title, "type": kind, "param": error.extra.get("param"), "code": code or error.code}
    if "renews_at" in error.extra:
        body["renews_at"] = error.extra["renews_at"]
    return {"error": body}


def error_response(error: QuireError, headers: Mapping[str, str] | None = None) -> HttpResponse:
    status, _, _ = _shape(error)
    said = {**error_headers(error), **(headers or {})}
    if isinstance(error, Conflict):
        # OpenAI's clients send again what got a 409: an answer that somebody stopped would be begun anew at once.
        said["x-should-retry"] = "false"
    return HttpResponse(orjson.dumps(error_body(error)), status=status, content_type="application/json", headers=said)


def unexpected() -> HttpResponse:
    """Nobody learns what it was; it is in the log under the request's id."""
    body = {"error": {"message": "Something went wrong here. It has been logged.", "type": "server_error", "param": None, "code": "internal"}}
    return HttpResponse(orjson.dumps(body), status=HTTPStatus.INTERNAL_SERVER_ERROR, content_type="application/json")


def _shape(error: QuireError) -> tuple[int, str, str | None]:
    if isinstance(error, NoSuchModel):
        return 404, _BAD, "model_not_found"
    status, kind, code = next(shape for family, shape in _SHAPES if isinstance(error, family))
    return status or error.status, kind if status or error.status < HTTPStatus.INTERNAL_SERVER_ERROR else "server_error", code
