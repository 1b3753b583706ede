from typing import ClassVar

from django.db import models

from apps.chat.models.message import Message
from apps.chat.querysets import CitationQuerySet
from apps.documents.models import Document, DocumentVersion, Passage


class Support(models.TextChoices):
    SUPPORTED = "supported", "Supported"
    WEAK = "weak", "Weakly supported"
    UNSUPPORTED = "unsupported", "Not supported"


class Citation(models.Model):
    """A number of an answer and the words it points at: a reference and a span, never the quote itself.

    The quote is read through `visible_to` when it is shown. `start` and `end` count characters of the passage's text.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="citations")
    number = models.PositiveSmallIntegerField()
    passage = models.ForeignKey(Passage, on_delete=models.SET_NULL, null=True, related_name="+")
    version = models.ForeignKey(DocumentVersion, on_delete=models.SET_NULL, null=True, related_name="+")
    document = models.ForeignKey(Document, on_delete=models.SET_NULL, null=True, related_name="+")
    page = models.PositiveIntegerField(null=True, blank=True)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    support = models.CharField(max_length=12, choices=Support)

    objects = CitationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "number"], name="citation_number_once_an_answer"),
            models.CheckConstraint(condition=models.Q(support__in=Support.values), name="citation_support_known"),
            models.CheckConstraint(condition=models.Q(end__gte=models.F("start")), name="citation_span_in_order"),
        ]

    def __str__(self) -> str:
        return f"[{self.number}] {self.get_support_display()}"
