"""Kept answers that have to go before their time."""

from uuid import UUID

from django.conf import settings

from apps.gateway.caching import semantic


def forget_answers(workspace_id: UUID) -> None:
    """Forget what is kept of answers that cite a workspace's documents: one of these is being deleted, and its words with it.

    None could be found again, as passages are part of what they are kept under; this takes the text itself away. Copies of exact answers in
    Redis end by themselves within the hour.
    """
    if settings.QUIRE_CACHE_CITED_ANSWERS:
        semantic.forget_workspace(workspace_id)
