"""Who may open a WebSocket: pages of our own origin. Cookies ignore ports, so the port counts here."""

import logging
from typing import Any
from urllib.parse import urlsplit

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.http.request import split_domain_port, validate_host

logger = logging.getLogger(__name__)


class SameOriginOnly:
    """Let a socket through whose Origin is the host it was opened on (or a trusted one); refuse all others with 403."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"] if name in {b"origin", b"host"}}
        if _is_ours(headers.get(b"origin", ""), headers.get(b"host", "")):
            return await self.application(scope, receive, send)
        logger.warning("socket.foreign_origin", extra={"origin": headers.get(b"origin", "")[:200]})
        return await _Refusal()(scope, receive, send)


def _is_ours(origin: str, host: str) -> bool:
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    domain, _ = split_domain_port(host.lower())
    return validate_host(domain, settings.ALLOWED_HOSTS) and urlsplit(origin.lower()).netloc == host.lower()


class _Refusal(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.close()
