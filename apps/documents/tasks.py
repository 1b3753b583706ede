"""The library's background work. A message carries an id and nothing else; the row tells the rest."""

from billiard.exceptions import SoftTimeLimitExceeded
from celery import shared_task

from apps.documents.services.ingest import ingest_document
from apps.documents.services.jobs import sweep_jobs


@shared_task(name="documents.ingest")
def ingest(job_id: str) -> None:
    ingest_document(job_id, gives_up_on=(SoftTimeLimitExceeded,))


@shared_task(name="documents.sweep")
def sweep() -> None:
    sweep_jobs()
