"""Structured logs: one JSON object a line on standard error, with request, user and run ids and never a document's text."""

import logging
import logging.config
from typing import Any

import structlog

_NOISY = ("httpx", "httpx2", "openai", "daphne.http_protocol", "daphne.ws_protocol", "daphne.server", "celery.redirected", "asyncio")
# What they warn of (404, 403, ...) is on the line of the request already.
_SAID_ALREADY = ("django.request", "django.security.csrf")
# A refused filter of the administration is a 400 like any other, and no traceback.
_UNTOLD = ("django.security.DisallowedModelAdminLookup",)
_LEAST = {"WARNING": _NOISY, "ERROR": _SAID_ALREADY, "CRITICAL": _UNTOLD}


def configure_logging(level: str) -> None:
    """Send every logger through one JSON formatter; ids bound by `apps.common.logs.bind` are added to each line."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _without_request,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"handlers": ["stderr"], "level": level},
            "loggers": {name: {"level": least} for least, names in _LEAST.items() for name in names},
        }
    )


# Any: what structlog hands from one processor to the next.
def _without_request(logger: Any, name: str, event: Any) -> Any:
    """Leave out the request that Django hangs on its own lines: spelled out it is the address with all that was typed into it."""
    event.pop("request", None)
    return event
