"""The conversation's background work."""

from celery import shared_task
from django.utils import timezone

from apps.chat.services.pruning import prune_events


@shared_task(name="chat.prune")
def prune() -> None:
    prune_events(timezone.now())
