"""The one way to hand work to the workers. The message is a hint: what is to be done already stands in Postgres."""

import logging
from functools import cache

from celery import Celery
from django.db import transaction

logger = logging.getLogger(__name__)


@cache
def celery_app() -> Celery:
    """The process's Celery application, set by Django's settings."""
    app = Celery("quire")
    app.config_from_object("django.conf:settings", namespace="CELERY")
    app.set_default()
    return app


def enqueue(task: str, *arguments: str) -> None:
    """Send `task` once the present transaction is committed.

    A broker that is down is logged and forgiven: the sweeper finds the row later.
    """
    transaction.on_commit(lambda: _send(task, arguments))


def _send(task: str, arguments: tuple[str, ...]) -> None:
    try:
        celery_app().send_task(task, args=arguments, retry=False, ignore_result=True)
    except Exception:
        # Whatever the broker's client raises, the work is not lost and the caller's change stands.
        logger.warning("queue.send_failed", extra={"task": task}, exc_info=True)
