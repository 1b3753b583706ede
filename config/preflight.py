"""Whether Postgres and Redis answer and every door says who may come in, told before a process starts working."""

import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

WAIT_SECONDS = 5


def require_services(*, database: bool = True, redis: bool = True) -> None:
    """End the process with exit code 1 and one line where a setting is nonsense, or a service that the settings name does not answer."""
    from django.conf import settings

    if wrong := settings.QUIRE_ENVIRONMENT.problems:
        sys.exit("\n".join(f"Quire: {problem.name} {problem.message}. {problem.hint}" for problem in wrong))

    problems = [
        postgres_problem(settings.DATABASES["default"], is_embedded=settings.QUIRE_IS_EMBEDDED_POSTGRES) if database else "",
        redis_problem(settings.REDIS_URL, is_embedded=settings.QUIRE_IS_EMBEDDED_REDIS) if redis else "",
    ]
    if said := "; ".join(problem for problem in problems if problem):
        sys.exit(f"Quire: {said}")


def require_doors() -> None:
    """End the process with exit code 1 where a way in does not say who may come in. `manage.py` commands check it by themselves."""
    from django.core.checks import run_checks

    from apps.accounts.checks import DOORS

    if problems := run_checks(tags=[DOORS]):
        sys.exit("\n".join(f"Quire: {problem.msg} {problem.hint} ({problem.id})" for problem in problems))


def postgres_problem(database: Mapping[str, Any], *, is_embedded: bool = False) -> str:
    """Return what keeps us from this database (one of Django's DATABASES), or an empty string."""
    import psycopg

    address = {"host": database["HOST"], "port": database["PORT"], "dbname": database["NAME"], "user": database["USER"], "password": database["PASSWORD"]}
    options = {name: value for name, value in database.get("OPTIONS", {}).items() if name.startswith("ssl")}
    try:
        psycopg.connect(**{name: value for name, value in address.items() if value}, **options, connect_timeout=WAIT_SECONDS).close()
    except psycopg.Error as error:
        where = f"{database['HOST'] or 'localhost'}:{database['PORT'] or 5432}/{database['NAME']}"
        return _describe("Postgres", where, str(error), "" if is_embedded else "DATABASE_URL")
    return ""


def redis_problem(url: str, *, is_embedded: bool = False) -> str:
    import redis

    try:
        with redis.from_url(url, socket_timeout=WAIT_SECONDS, socket_connect_timeout=WAIT_SECONDS) as client:
            client.ping()
    except (redis.RedisError, OSError, ValueError) as error:
        parts = urlsplit(url)
        where = parts.path if parts.scheme == "unix" else f"{parts.hostname or 'localhost'}:{parts.port or 6379}"
        return _describe("Redis", where, str(error), "" if is_embedded else "REDIS_URL")
    return ""


def _describe(service: str, where: str, reason: str, variable: str) -> str:
    hint = f"check {variable}" if variable else "start it with make serve, or set DATABASE_URL and REDIS_URL"
    lines = [line.strip() for line in reason.splitlines() if line.strip()]
    # Both clients tell the whole story, libpq over several lines; the last clause of the first one is the cause.
    cause = lines[0].rstrip(".").rsplit(": ", 1)[-1].rsplit(". ", 1)[-1].strip() if lines else "no answer"
    return f"{service} at {where} does not answer: {cause} ({hint})"
