import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.documents.constants import TAG_MAX_CHARS
from apps.documents.models.collection import Collection
from apps.documents.querysets import DocumentQuerySet
from apps.documents.types import Kind


class DocumentState(models.TextChoices):
    PROCESSING = "processing", "Processing"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"


class Access(models.TextChoices):
    PUBLIC = "public", "Everyone in the workspace"
    INTERNAL = "internal", "The readers of its collection"
    RESTRICTED = "restricted", "Its owner and who is named"


class Document(models.Model):
    """One file of the library, and what became of it.

    What readers and search see is `current_version`; it stays in place while another is made. File, kind, size and hash are
    those of the current version, or of the first while there is none.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="documents")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="documents",
    )
    # An attachment stands under its message, and goes with it.
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="attachments")
    title = models.CharField(max_length=300)
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.name) for kind in Kind])
    access = models.CharField(max_length=20, choices=Access, default=Access.PUBLIC)
    sha256 = models.CharField(max_length=64)
    byte_size = models.BigIntegerField()
    page_count = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(max_length=20, choices=DocumentState, default=DocumentState.PROCESSING)
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.CharField(max_length=500, blank=True)
    # What its readers should know of a document that is ready: "3 pages need OCR".
    note = models.CharField(max_length=500, blank=True)
    current_version = models.ForeignKey(
        "documents.DocumentVersion",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    # Placed by services/originals.py; nothing of its owner's name for it is in the path.
    original = models.FileField(max_length=255)
    source_name = models.CharField(max_length=255)
    # Where it lay in the folder that was added, its name included: a file of the same path is its next version.
    source_path = models.CharField(max_length=1000, blank=True)
    # Words that people put on it to find it by, as tags.py writes them.
    tags = ArrayField(models.CharField(max_length=TAG_MAX_CHARS), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "id"]
        indexes: ClassVar = [
            # The library page: newest first within a workspace's collections.
            models.Index(fields=["collection", "-created_at"], name="document_library"),
            # The same bytes again in the same collection.
            models.Index(fields=["collection", "sha256"], name="document_bytes"),
            # A changed file of the same path.
            models.Index(fields=["collection", "source_path"], name="document_path"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(state__in=DocumentState.values), name="document_state_known"),
            models.CheckConstraint(condition=models.Q(access__in=Access.values), name="document_access_known"),
        ]

    def __str__(self) -> str:
        return self.title
