"""The library's filters. `visible_to(reader)` is the only way from an id to a row."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Q

if TYPE_CHECKING:
    from apps.accounts.types import Reader
    from apps.documents.models import Collection, Document, IngestJob, Passage  # noqa: F401

_PUBLIC = "public"


class CollectionQuerySet(models.QuerySet["Collection"]):
    def visible_to(self, reader: "Reader") -> "CollectionQuerySet":
        return self.filter(workspace=reader.workspace)


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, reader: "Reader") -> "DocumentQuerySet":
        """Public documents of the reader's workspace, and the reader's own there."""
        return self.filter(_visible("", reader), collection__workspace=reader.workspace)

    def with_latest_job(self) -> "DocumentQuerySet":
        """Load the newest job of each document into `latest_jobs`, in one query for all."""
        from apps.documents.models import IngestJob

        newest = IngestJob.objects.order_by("document_id", "-created_at").distinct("document_id")
        return self.prefetch_related(models.Prefetch("jobs", newest, to_attr="latest_jobs"))


class PassageQuerySet(models.QuerySet["Passage"]):
    def visible_to(self, reader: "Reader") -> "PassageQuerySet":
        """Passages of the documents that the reader sees, superseded versions among them."""
        return self.filter(_visible("version__document__", reader), workspace=reader.workspace)

    def current(self) -> "PassageQuerySet":
        """Only what answers now: passages of each document's current version."""
        return self.filter(version=F("version__document__current_version"))


class IngestJobQuerySet(models.QuerySet["IngestJob"]):
    def claimable(self, now: datetime) -> "IngestJobQuerySet":
        """Queued, or running under a lease that ran out."""
        return self.filter(Q(state="queued") | Q(state="running", lease_until__lt=now))

    def held(self, job_id: Any, attempt: int) -> "IngestJobQuerySet":
        """The job, as long as this attempt still holds it."""
        return self.filter(pk=job_id, state="running", attempt=attempt)


def _visible(prefix: str, reader: "Reader") -> Q:
    return Q(**{f"{prefix}access": _PUBLIC}) | Q(**{f"{prefix}owner": reader.user})
