"""Background work about what calls cost."""

from celery import shared_task
from django.utils import timezone

from apps.gateway.ledger import pruning, sweeping


@shared_task(name="gateway.sweep")
def sweep() -> None:
    sweeping.sweep(timezone.now())


@shared_task(name="gateway.prune")
def prune() -> None:
    pruning.prune(timezone.now())
