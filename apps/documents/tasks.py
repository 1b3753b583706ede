"""The library's background work. A message says that there is work; the rows tell what, and whose turn it is."""

from billiard.exceptions import SoftTimeLimitExceeded
from celery import shared_task
from django.core.cache import cache

from apps.documents.ingest.confined.folders import remove_abandoned
from apps.documents.ingest.confined.reading import read_confined
from apps.documents.services.embedder import embed_waiting
from apps.documents.services.ingest import read_waiting
from apps.documents.services.originals import sweep_files
from apps.documents.services.reindex import reindex_documents
from apps.documents.services.sweeper import sweep_jobs

_REINDEX_SECONDS = 60


@shared_task(name="documents.ingest")
def ingest(*_: str) -> None:
    read_waiting(read=read_confined, gives_up_on=(SoftTimeLimitExceeded,))


@shared_task(name="documents.embed")
def embed() -> None:
    embed_waiting(overlaps=True)


@shared_task(name="documents.reindex")
def reindex() -> None:
    # The next ones in a minute, and not twice, however many asked.
    if reindex_documents() and cache.add("documents.reindex.next", 1, timeout=_REINDEX_SECONDS):
        reindex.apply_async(countdown=_REINDEX_SECONDS)


@shared_task(name="documents.sweep")
def sweep() -> None:
    sweep_jobs()
    sweep_files()
    remove_abandoned()
