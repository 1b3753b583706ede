"""From an address in one line to what Django, Celery and Channels each want to hear."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


def django_database(url: str, *, pool_size: int = 0, application: str = "quire") -> dict[str, Any]:
    """Read `postgresql://user:password@host:port/name?option=value` (host may be `?host=/socket/folder`)."""
    parts = urlsplit(url)
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or unquote(parts.hostname or "")
    port = options.pop("port", None) or parts.port or ""
    options.setdefault("application_name", application)
    options.setdefault("connect_timeout", 10)
    if pool_size:
        options["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": 10}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,  # a restarted Postgres would else cost each pooled connection one failed request
        "OPTIONS": options,
    }


def celery_broker(redis_url: str) -> str:
    """Celery spells a unix socket `redis+socket://`."""
    if redis_url.startswith("unix://"):
        path, _, query = redis_url.removeprefix("unix://").partition("?")
        number = dict(parse_qsl(query)).get("db", "0")
        return f"redis+socket://{path}?virtual_host={number}"
    return redis_url
