"""Keeps what is sent in step with whoever reads it, and cuts what breaks off.

Daphne takes what an application sends into memory at once, however slowly it is read: somebody whose right to a file ended
would go on being served from there. Here an application waits until the connection took what was sent before, and an
answer that ends before its last byte is cut off with all that waits in it: its reader sees that it is not whole.
"""

import asyncio
import logging
from typing import Any

from daphne.http_protocol import WebRequest
from daphne.server import Server

logger = logging.getLogger(__name__)

# Of our own: ASGI has no word for it.
CUT = "quire.http.cut"
# Somebody who takes nothing for so long is not waited for.
STALLED_SECONDS = 60.0


def keep_in_step(application: Any) -> Any:
    """Wrap an HTTP application, and teach this process's Daphne to hold it back and to cut its answers off."""
    if Server.handle_reply is not _handle_reply:
        Server.handle_reply = _handle_reply

    async def whole_or_cut(scope: Any, receive: Any, send: Any) -> None:
        has_begun = is_whole = False

        async def noting(message: dict[str, Any]) -> None:
            nonlocal has_begun, is_whole
            has_begun = True
            is_whole = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        try:
            await application(scope, receive, noting)
        except Exception:
            if not has_begun or is_whole:
                raise
            logger.exception("transfer.failed")
        if has_begun and not is_whole:
            await send({"type": CUT})

    return whole_or_cut


class _Pace:
    """Twisted's push producer: told when the connection takes no more, and when it does again."""

    def __init__(self) -> None:
        self._is_free = asyncio.Event()
        self._is_free.set()

    def pauseProducing(self) -> None:
        self._is_free.clear()

    def resumeProducing(self) -> None:
        self._is_free.set()

    stopProducing = resumeProducing

    async def free(self) -> None:
        async with asyncio.timeout(STALLED_SECONDS):
            await self._is_free.wait()


_keep_handle_reply = Server.handle_reply


async def _handle_reply(server: Any, protocol: Any, message: dict[str, Any]) -> None:
    """Daphne's hook for all that an application says, to web pages and sockets alike."""
    if not isinstance(protocol, WebRequest) or protocol.channel is None:
        await _keep_handle_reply(server, protocol, message)
    elif message["type"] == CUT:
        protocol.transport.abortConnection()
    elif message["type"] == "http.response.body":
        await _write(server, protocol, message)
    else:
        await _keep_handle_reply(server, protocol, message)


async def _write(server: Any, request: Any, message: dict[str, Any]) -> None:
    is_last = not message.get("more_body", False)
    if is_last and request.producer is not None:
        request.unregisterProducer()
    elif not is_last and request.producer is None:
        request.registerProducer(_Pace(), True)
    pace = request.producer
    await _keep_handle_reply(server, request, message)
    if pace is not None:
        await pace.free()
