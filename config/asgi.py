"""HTTP through Django, WebSockets through Channels. A socket needs a known origin and a session."""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.core.asgi import get_asgi_application

from config.preflight import require_doors, require_services

require_services()
http = get_asgi_application()
require_doors()

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter

from django.conf import settings
from django.utils.module_loading import import_string

from apps.accounts.services import audit_writer
from apps.common.origin import SameOriginOnly
from apps.gateway.ledger import settling
from apps.gateway.openai_api.handler import PREFIX, answer_openai
from config.body_limit import limit_bodies
from config.full_disk import tell_full_disk
from config.transfers import keep_in_step

limit_bodies(2 * settings.QUIRE_UPLOAD_MAX_BYTES + 1024 * 1024)
audit_writer.begin()
settling.begin()


# Any: ASGI's messages.
def by_address(others: Any) -> Any:
    """Calls of models go past Django's middleware, all other requests through it."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await (answer_openai if scope["path"].startswith(PREFIX) else others)(scope, receive, send)

    return answer


application = ProtocolTypeRouter(
    {
        "http": keep_in_step(by_address(tell_full_disk(http))),
        "websocket": SameOriginOnly(AuthMiddlewareStack(URLRouter(import_string(settings.QUIRE_SOCKET_ROUTES)))),
    }
)
