"""How long the embedded services live: a command uses the running ones, or starts them for its own duration."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

# Commands that touch neither Postgres nor Redis.
_BUILDING = {"collectstatic", "build_embedder", "build_languages", "makemessages", "compilemessages", "startapp"}
OFFLINE = frozenset({"", "help", "--help", "-h", "--version", "version", *_BUILDING})
# Commands that are nothing without both: an address of the environment that does not answer ends them with one line.
NEEDY = frozenset({"run_agents", "prepare", "create_first_admin", "reset_admin_password"})


@contextmanager
def services_for(arguments: Sequence[str]) -> Iterator[None]:
    """Hold the embedded services that the environment gives no address for while the command in `arguments` runs."""
    command = arguments[0] if arguments else ""
    has_database, has_redis = _is_set("DATABASE_URL"), _is_set("REDIS_URL")
    if command in OFFLINE:
        yield
        return
    if command in NEEDY and (has_database or has_redis):
        from config.preflight import require_services

        require_services(database=has_database, redis=has_redis)
    if has_database and has_redis:
        yield
        return
    from config import settings
    from config.embedded import EmbeddedError, Wanted, ensure_services

    try:
        services = ensure_services(settings.QUIRE_VAR, Wanted(postgres=not has_database, redis=not has_redis))
    except EmbeddedError as error:
        sys.exit(f"Quire: {error}")
    try:
        yield
    finally:
        services.stop()


def _is_set(name: str) -> bool:
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))
