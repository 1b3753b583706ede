"""The library's background work. A message says that there is work; the rows tell what, and whose turn it is."""

import time
from collections.abc import Callable

from billiard.exceptions import SoftTimeLimitExceeded
from celery import shared_task
from django.core.cache import cache

from apps.documents.ingest.confined.folders import remove_abandoned
from apps.documents.ingest.confined.reading import read_confined
from apps.documents.services.embedder import embed_waiting
from apps.documents.services.ingest import read_waiting
from apps.documents.services.originals import sweep_files
from apps.documents.services.reindex import reindex_documents
from apps.documents.services.reindex_terms import reindex_terms
from apps.documents.services.statistics import fold_changes
from apps.documents.services.sweeper import sweep_jobs

_REINDEX_SECONDS = 60
_TERMS_SECONDS = 30


@shared_task(name="documents.ingest")
def ingest(*_: str) -> None:
    read_waiting(read=read_confined, gives_up_on=(SoftTimeLimitExceeded,))


@shared_task(name="documents.embed")
def embed() -> None:
    embed_waiting(overlaps=True)


@shared_task(name="documents.reindex")
def reindex() -> None:
    has_more = reindex_documents()
    has_more |= _reindex_terms()
    # The next ones in a minute, and not twice, however many asked.
    if has_more and cache.add("documents.reindex.next", 1, timeout=_REINDEX_SECONDS):
        reindex.apply_async(countdown=_REINDEX_SECONDS)


def _reindex_terms(clock: Callable[[], float] = time.monotonic) -> bool:
    """Work for a few seconds: a process of the pool is for files that people wait for."""
    deadline = clock() + _TERMS_SECONDS
    while reindex_terms():
        if clock() > deadline:
            return True
    fold_changes()
    return False


@shared_task(name="documents.sweep")
def sweep() -> None:
    sweep_jobs()
    sweep_files()
    fold_changes()
    remove_abandoned()
