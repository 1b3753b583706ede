"""The library's filters. `visible_to(reader)` is the only way from an id to a row: see `rights.py` for the rule."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from apps.documents.rights import (
    READING,
    level_in,
    managed_collections,
    shown_to_operator,
    visible_collections,
    visible_documents,
    writable_collections,
)

if TYPE_CHECKING:
    from apps.accounts.types import Operator, Reader
    from apps.documents.models import Collection, CollectionGrant, Document, DocumentGrant, IngestJob, Passage  # noqa: F401


class CollectionQuerySet(models.QuerySet["Collection"]):
    def visible_to(self, reader: "Reader") -> Self:
        """Collections that the reader reads, and all of them, as names, for who manages collections."""
        return self.filter(visible_collections(reader), workspace=reader.workspace)

    def writable_by(self, reader: "Reader") -> Self:
        """Collections that the reader may add to."""
        return self.filter(writable_collections(reader), workspace=reader.workspace)

    def managed_by(self, reader: "Reader") -> Self:
        """Collections of which the reader says who may do what."""
        return self.filter(managed_collections(reader), workspace=reader.workspace)

    def readable_by(self, reader: "Reader") -> Self:
        """Collections whose internal documents the reader sees."""
        return self.filter(level_in("", reader, READING), workspace=reader.workspace)

    def visible_to_operator(self, operator: "Operator") -> Self:
        return self if operator.can_view(self.model) else self.none()


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, reader: "Reader") -> Self:
        if not reader.can("document.view"):
            return self.none()
        return self.filter(visible_documents("", reader), collection__workspace=reader.workspace)

    def visible_to_operator(self, operator: "Operator") -> Self:
        """What is said about documents, but of restricted ones only where the operator is named: a title can tell everything."""
        return self.filter(shown_to_operator("", operator)) if operator.can_view(self.model) else self.none()

    def with_row_facts(self, reader: "Reader") -> Self:
        """Load what a row shows of its access: `named_count`, and whether the reader sees the collection's name."""
        from apps.documents.models import Collection, DocumentGrant

        named = DocumentGrant.objects.filter(document=OuterRef("pk")).order_by()
        count = named.values("document").annotate(count=models.Count("pk")).values("count")
        place = Collection.objects.visible_to(reader).filter(pk=OuterRef("collection"))
        return self.annotate(named_count=Coalesce(models.Subquery(count), 0), shows_collection=Exists(place))

    def with_latest_job(self) -> Self:
        """Load the newest job of each document into `latest_jobs`, in one query for all."""
        from apps.documents.models import IngestJob

        newest = IngestJob.objects.order_by("document_id", "-created_at").distinct("document_id")
        return self.prefetch_related(models.Prefetch("jobs", newest, to_attr="latest_jobs"))


class PassageQuerySet(models.QuerySet["Passage"]):
    def visible_to(self, reader: "Reader") -> Self:
        """Passages of the documents that the reader sees, superseded versions among them."""
        if not reader.can("document.view"):
            return self.none()
        return self.filter(visible_documents("version__document__", reader), workspace=reader.workspace)

    def current(self) -> Self:
        """Only what answers now: passages of each document's current version."""
        return self.filter(version=F("version__document__current_version"))


class IngestJobQuerySet(models.QuerySet["IngestJob"]):
    def visible_to_operator(self, operator: "Operator") -> Self:
        """Every job, so that none fails unseen; which document it reads is said by `Document`'s own rule."""
        return self if operator.can_view(self.model) else self.none()

    def unfinished(self) -> Self:
        return self.filter(state__in=("queued", "running", "embedding"))

    def to_retry(self) -> Self:
        """Failed or cancelled, with no later job for the same document."""
        from apps.documents.models import IngestJob

        later = IngestJob.objects.filter(document=OuterRef("document"), created_at__gt=OuterRef("created_at"))
        return self.filter(~Exists(later), state__in=("failed", "cancelled"))

    def claimable(self, now: datetime) -> Self:
        """Queued, or running under a lease that ran out. What waits for a pause to be over has a lease too."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lt=now), state__in=("queued", "running"))

    def embeddable(self, now: datetime) -> Self:
        """Waiting for vectors, and no embedder at it."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lt=now), state="embedding")

    def left_alone(self, now: datetime) -> Self:
        """Unfinished, and nobody works on it."""
        return self.claimable(now) | self.embeddable(now)

    def held(self, job_id: Any, attempt: int) -> Self:
        """The job, as long as this attempt still holds it."""
        return self.filter(pk=job_id, state="running", attempt=attempt)


class CollectionGrantQuerySet(models.QuerySet["CollectionGrant"]):
    def visible_to(self, reader: "Reader") -> Self:
        """Who may do what in the collections whose names the reader sees, for who may see people."""
        if not reader.can("people.view"):
            return self.none()
        from apps.documents.models import Collection

        return self.filter(collection__in=Collection.objects.all().visible_to(reader))

    def visible_to_operator(self, operator: "Operator") -> Self:
        return self if operator.can_view(self.model) else self.none()


class DocumentGrantQuerySet(models.QuerySet["DocumentGrant"]):
    def visible_to(self, reader: "Reader") -> Self:
        """Whom the documents name that the reader sees, for who may see people."""
        if not (reader.can("people.view") and reader.can("document.view")):
            return self.none()
        return self.filter(visible_documents("document__", reader), document__collection__workspace=reader.workspace)

    def visible_to_operator(self, operator: "Operator") -> Self:
        """A restricted document's names are as hidden as the document."""
        return self.filter(shown_to_operator("document__", operator)) if operator.can_view(self.model) else self.none()
