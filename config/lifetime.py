"""How long the embedded services live: a command uses the running ones, or starts them for its own duration."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

# Commands that touch neither Postgres nor Redis.
OFFLINE = frozenset({"", "help", "--help", "-h", "--version", "version", "collectstatic", "build_embedder", "makemessages", "compilemessages", "startapp"})


@contextmanager
def services_for(arguments: Sequence[str]) -> Iterator[None]:
    """Hold the embedded services while the command named by `arguments` runs; with both addresses set, hold nothing."""
    import os

    environment = os.environ
    is_external = (environment.get("DATABASE_URL") or environment.get("DATABASE_URL_FILE")) and (
        environment.get("REDIS_URL") or environment.get("REDIS_URL_FILE")
    )
    command = arguments[0] if arguments else ""
    if is_external or command in OFFLINE:
        yield
        return
    from config import settings
    from config.embedded import EmbeddedError, ensure_services

    try:
        services = ensure_services(settings.QUIRE_VAR)
    except EmbeddedError as error:
        sys.exit(f"Quire: {error}")
    try:
        yield
    finally:
        services.stop()
