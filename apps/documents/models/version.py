import uuid
from typing import ClassVar

from django.db import models

from apps.documents.models.document import Document
from apps.documents.types import Kind, Unit


class DocumentVersion(models.Model):
    """One file's bytes, and the passages that reading them made. It never changes once published.

    Until then (`published_at` is empty) its passages may be there, without all their vectors, and nobody finds them.
    A superseded version leaves search, but stays for the citations that stand on it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.name) for kind in Kind], blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    byte_size = models.BigIntegerField(default=0)
    original = models.FileField(max_length=255, blank=True)
    source_name = models.CharField(max_length=255, blank=True)
    parser = models.CharField(max_length=60, blank=True)
    # What its passages are numbered by, and what its readers should know of it.
    unit = models.CharField(max_length=10, choices=[(unit.value, unit.name) for unit in Unit], blank=True)
    note = models.CharField(max_length=500, blank=True)
    title = models.CharField(max_length=300, blank=True)
    passage_count = models.PositiveIntegerField(default=0)
    page_count = models.PositiveIntegerField(null=True, blank=True)
    # The files that came with it, until it is published and they become documents; their places are held by this row.
    attached = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["document", "-number"]
        indexes: ClassVar = [
            # The same bytes again, in a file that waits or could not be read; those of what answers are in `document_bytes`.
            models.Index(fields=["sha256"], condition=models.Q(published_at=None), name="version_unread_bytes"),
        ]
        constraints: ClassVar = [models.UniqueConstraint(fields=["document", "number"], name="version_number_unique")]

    def __str__(self) -> str:
        return f"{self.document}, version {self.number}"
