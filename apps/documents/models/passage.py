from typing import ClassVar

from django.db import models
from django.db.models.functions import Left
from pgvector.django import HalfVectorField

from apps.accounts.models import Workspace
from apps.documents.models.version import DocumentVersion
from apps.documents.querysets import PassageQuerySet

MODEL_NAME_CHARS = 200


class Passage(models.Model):
    """A piece of a version that can be found, quoted and pointed at.

    `text` is the page's text from `start` to `end`. `boxes` are [x0, y0, x1, y1] in points from
    the page's lower left corner, one a line; `blocks` are spans inside `text`.
    """

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey(DocumentVersion, on_delete=models.CASCADE, related_name="passages")
    # Held here too, so that a search starts from the workspace's own rows.
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    ordinal = models.PositiveIntegerField()
    text = models.TextField()
    heading_path = models.JSONField(default=list)
    page = models.PositiveIntegerField(null=True, blank=True)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    boxes = models.JSONField(default=list)
    blocks = models.JSONField(default=list)
    # A sheet's name, a chapter's title; the rows of a sheet or table, from 1.
    label = models.CharField(max_length=200, blank=True)
    first_row = models.PositiveIntegerField(null=True, blank=True)
    last_row = models.PositiveIntegerField(null=True, blank=True)
    # Title and headings as they are embedded and searched with the text; see `ingest.types.join_embedded`.
    prefix = models.TextField(blank=True)
    body_start = models.PositiveIntegerField(default=0)
    # 128 bits of the embedded text: a passage that did not change keeps its vector in the next version.
    digest = models.UUIDField(null=True, blank=True)

    objects = PassageQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["version", "ordinal"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["version", "ordinal"], name="passage_ordinal_unique")]

    def __str__(self) -> str:
        return f"Passage {self.ordinal} of {self.version_id}"


class PassageEmbedding(models.Model):
    """A passage as one model's vector, in half precision. The dimension is the model's own: see vector_index.py."""

    id = models.BigAutoField(primary_key=True)
    passage = models.ForeignKey(Passage, on_delete=models.CASCADE, related_name="embeddings", db_index=False)
    # Held here too, so that a search comes from a row to the document whose rights it asks by one look into an index.
    version = models.ForeignKey(DocumentVersion, on_delete=models.CASCADE, related_name="+")
    model = models.CharField(max_length=MODEL_NAME_CHARS)
    vector = HalfVectorField()

    class Meta:
        # Which models have vectors, and those of one that is used no more. Of an expression, so that nothing else takes it: while a new
        # model's vectors are made the planner believes that there are none, and would read all of them for each document.
        indexes: ClassVar = [models.Index(Left("model", MODEL_NAME_CHARS), name="embedding_model")]
        constraints: ClassVar = [models.UniqueConstraint(fields=["passage", "model"], name="one_embedding_a_model")]

    def __str__(self) -> str:
        return f"{self.model} of passage {self.passage_id}"
