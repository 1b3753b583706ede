"""Ids that every log line of the present request, task or run carries."""

from structlog.contextvars import bind_contextvars, clear_contextvars


def bind(**ids: str) -> None:
    """Add ids (request_id, user_id, run_id, job_id) to each later line of this context."""
    bind_contextvars(**ids)


def unbind_all() -> None:
    clear_contextvars()
