"""Background work about people and their keys."""

from celery import shared_task
from django.utils import timezone

from apps.accounts.services.idempotency import prune_records


@shared_task(name="accounts.prune")
def prune() -> None:
    prune_records(timezone.now())
