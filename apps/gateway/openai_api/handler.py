"""Calls of models, past Django's middleware: their views need none of it, and it would cost more than all the rest.

The addresses stand in the one URL conf like all others; this only takes what begins with `/v1/` on a shorter way to them. A client that
goes away in the middle of a stream is noticed here, and its answer read to its end by `EventStream.leave`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.urls import Resolver404, resolve

from apps.common.errors import Malformed, NotFound, TooLarge
from apps.gateway.openai_api.errors import error_response
from apps.gateway.openai_api.streaming import EventStream

PREFIX = "/v1/"
# Any: ASGI's messages.
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def answer_openai(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """One request of the OpenAI-compatible API, as an ASGI application."""
    body = await _read(receive)
    if body is None:
        return
    response = await _respond(scope, body)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
    if not isinstance(response, EventStream):
        content = response.content
        await send({"type": "http.response.start", "status": response.status_code, "headers": [*headers, (b"Content-Length", b"%d" % len(content))]})
        await send({"type": "http.response.body", "body": content})
        return
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await _stream(response, receive, send)


async def _respond(scope: dict[str, Any], body: bytes) -> HttpResponse | EventStream:
    if len(body) > settings.QUIRE_API_BODY_MAX_BYTES:
        return error_response(TooLarge(f"The body is larger than {settings.QUIRE_API_BODY_MAX_BYTES:,} bytes. Send less text."))
    request = ASGIRequest(scope, BytesIO(body))
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        # To lead elsewhere would teach a program to send its key in the clear each time.
        return error_response(Malformed("This address is for https alone. The key that came with this request was sent in the clear: revoke it."))
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return error_response(NotFound("There is nothing at this address."))
    request.resolver_match = match
    response: HttpResponse | EventStream = await match.func(request, *match.args, **match.kwargs)
    return response


async def _read(receive: Receive) -> bytes | None:
    """The body, or a little more than the limit of it; None where the client went away."""
    parts, size, most = [], 0, settings.QUIRE_API_BODY_MAX_BYTES
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        if size <= most:
            parts.append(part)
        size += len(part)
        if not message.get("more_body"):
            return b"".join(parts)


async def _stream(response: EventStream, receive: Receive, send: Send) -> None:
    leaving = asyncio.create_task(_until_gone(receive))
    try:
        async for event in response.events:
            if leaving.done():
                await response.leave()
                return
            await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        leaving.cancel()
        with suppress(asyncio.CancelledError):
            await leaving


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
