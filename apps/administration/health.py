"""For load balancers and supervisors. `live` touches nothing; `ready` asks what a request would need."""

import logging
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from apps.accounts.doors import PUBLIC, declare

logger = logging.getLogger(__name__)
_LIMIT_SECONDS = 1
_seen = {"migrated": False}


@require_safe
@declare(PUBLIC, why="says that the process lives, and nothing else")
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "live"})


@require_safe
@declare(PUBLIC, why="says of each service whether it answers, in one word")
def ready(request: HttpRequest) -> JsonResponse:
    """200 when all is there, else 503 with what is missing; never more than a word each."""
    state = {name: _ask(name, check) for name, check in _CHECKS.items()}
    is_ready = all(word == "ok" for word in state.values())
    return JsonResponse({"status": "ready" if is_ready else "not ready", **state}, status=200 if is_ready else 503)


def _ask(name: str, check: Callable[[], bool]) -> str:
    try:
        return "ok" if check() else "behind"
    except (DatabaseError, redis.RedisError, OSError):
        logger.warning("health.unavailable", extra={"service": name})
        return "unavailable"


def _postgres() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def _redis() -> bool:
    with redis.from_url(settings.REDIS_URL, socket_timeout=_LIMIT_SECONDS, socket_connect_timeout=_LIMIT_SECONDS) as client:
        return bool(client.ping())


def _migrations() -> bool:
    if not _seen["migrated"]:  # tables never go back while a process of this version runs
        executor = MigrationExecutor(connection)
        _seen["migrated"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _seen["migrated"]


_CHECKS: dict[str, Callable[[], bool]] = {"postgres": _postgres, "redis": _redis, "migrations": _migrations}
