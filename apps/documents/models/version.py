import uuid
from typing import ClassVar

from django.db import models

from apps.documents.models.document import Document


class DocumentVersion(models.Model):
    """What one reading of one file's bytes made. It never changes once published.

    A superseded version leaves search, but stays for the citations that stand on it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    parser = models.CharField(max_length=60)
    passage_count = models.PositiveIntegerField(default=0)
    page_count = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["document", "-number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["document", "number"], name="version_number_unique")]

    def __str__(self) -> str:
        return f"{self.document}, version {self.number}"
