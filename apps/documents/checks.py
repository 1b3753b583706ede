"""What must be right around the library, said at start rather than at the first upload."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, connections

from apps.documents.vector_index import MAX_DIMENSION

_OLDEST_PGVECTOR = (0, 8)


# Any: checks are called with whatever Django passes; none of it is read.
@register(Tags.database)
def check_pgvector(databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """pgvector 0.8 brought the iterative scan without which a filtered search comes back short."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
                row = cursor.fetchone()
        except DatabaseError:
            # Whether the database answers at all is said elsewhere.
            continue
        if row is None or _version(row[0]) < _OLDEST_PGVECTOR:
            found.append(
                Error(
                    f"The database {alias} has no pgvector 0.8 or newer.",
                    hint="As a superuser: CREATE EXTENSION vector; or use the image pgvector/pgvector.",
                    id="documents.E001",
                )
            )
    return found


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


@register()
def check_embedding_dimension(app_configs: object = None, **_kwargs: Any) -> list[CheckMessage]:
    from apps.gateway.selectors import get_embedding_model

    dimension = get_embedding_model().dimension
    if 0 < dimension <= MAX_DIMENSION:
        return []
    return [
        Error(
            f"Vectors of {dimension} dimensions cannot be indexed.",
            hint=f"QUIRE_EMBEDDINGS_DIMENSION must be 1 to {MAX_DIMENSION}.",
            id="documents.E002",
        )
    ]


@register()
def check_upload_limit(app_configs: object = None, **_kwargs: Any) -> list[CheckMessage]:
    if settings.QUIRE_UPLOAD_MAX_BYTES <= 1024 * 1024 * 1024:
        return []
    return [
        Warning(
            "QUIRE_UPLOAD_MAX_BYTES is over 1 GiB; a file is read as a whole by one worker.",
            hint="Keep it at what the workers' memory bears.",
            id="documents.W001",
        )
    ]


@register()
def check_confinement(app_configs: object = None, **_kwargs: Any) -> list[CheckMessage]:
    """Files are read in processes that the kernel holds back; what it lacks for that is said once, here."""
    from apps.documents.ingest.confined.walls import find_means

    means = find_means()
    found: list[CheckMessage] = []
    if not means.seccomp:
        found.append(
            Warning(
                "This system does not filter system calls (seccomp), so a file that takes over its reader could reach the network.",
                hint="Run Quire on Linux for x86_64 or aarch64, and let the container's own seccomp profile allow the call seccomp.",
                id="documents.W002",
            )
        )
    if not means.landlock:
        found.append(
            Warning(
                "This kernel has no Landlock, so a file that takes over its reader could read what this user can read.",
                hint="Use Linux 5.13 or newer with landlock among its security modules (the kernel's option lsm=), or accept the risk.",
                id="documents.W003",
            )
        )
    return found
