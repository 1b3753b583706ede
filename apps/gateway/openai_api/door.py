"""What every view of the OpenAI-compatible API stands behind: key, right, errors in OpenAI's shape, headers, and a line in the audit trail.

It needs nothing of Django's middleware, so that a call goes through none of it: see `handler.py`.
"""

import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from apps.accounts.doors import declare
from apps.accounts.limits import client_address
from apps.accounts.services.audit import RequestFacts, begin_request, end_request, note
from apps.common.errors import NotAllowed, QuireError
from apps.common.logs import bind, unbind_all
from apps.common.middleware import log_answer, safe_request_id
from apps.gateway.openai_api.callers import caller_of
from apps.gateway.openai_api.errors import MethodNotAllowed, error_response, unexpected

logger = logging.getLogger(__name__)

View = Callable[..., Awaitable[HttpResponseBase]]


# Any: Django's URL conf takes a coroutine for a view, and its stubs do not say so.
def openai_view(method: str, action: str) -> Callable[[View], Callable[..., Any]]:
    """Let in who has a key with `action`, by this method alone; the view gets the request and the reader."""
    # The table of routes reads this name of a view's closure, as it does of Django's own decorators.
    request_method_list = [method]

    def decorate(view: View) -> Callable[..., Any]:
        async def answer(request: HttpRequest, facts: RequestFacts, *, is_known: bool, **arguments: Any) -> HttpResponseBase:
            if not is_known:
                raise MethodNotAllowed(f"Use {method} at this address.")
            reader = await caller_of(request)
            facts.user, facts.workspace_id, facts.api_key_id = reader.user, reader.workspace.pk, reader.api_key_id
            bind(user_id=str(reader.user.pk))
            reader.require(action)
            return await view(request, reader, **arguments)

        @csrf_exempt
        @wraps(view)
        async def guarded(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
            begun = time.perf_counter()
            facts = _facts(request)
            begin_request(facts)
            try:
                is_known = request.method in request_method_list
                response = await _in_our_words(answer(request, facts, is_known=is_known, **arguments))
                _finish(request, response, facts, (time.perf_counter() - begun) * 1000)
            finally:
                end_request()
            return response

        marked: Any = guarded
        marked.is_guarded = True
        return declare(action)(guarded)

    return decorate


async def _in_our_words(answer: Awaitable[HttpResponseBase]) -> HttpResponseBase:
    try:
        return await answer
    except NotAllowed as error:
        note("right.denied", right=error.extra["right"])
        return error_response(error)
    except QuireError as error:
        return error_response(error)
    except Exception:
        # The edge of the process: whatever it was, the caller gets an answer.
        logger.exception("openai_api.failed")
        return unexpected()


def _facts(request: HttpRequest) -> RequestFacts:
    known = getattr(request, "request_id", "")
    request_id = known or safe_request_id(request.META.get("HTTP_X_REQUEST_ID", "")) or uuid.uuid4().hex
    if not known:
        unbind_all()
        bind(request_id=request_id)
    route = request.resolver_match.route if request.resolver_match else request.path
    return RequestFacts(request_id, client_address(request), request.method or "", route)


def _finish(request: HttpRequest, response: HttpResponseBase, facts: RequestFacts, milliseconds: float) -> None:
    facts.status, facts.latency_ms = response.status_code, round(milliseconds)
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["x-request-id"] = facts.request_id
    note("api.request")
    # Where Django's middleware stands around it, that writes the line.
    if not hasattr(request, "request_id"):
        log_answer(request, response.status_code, milliseconds)
