import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from apps.documents.models.document import Document
from apps.documents.models.version import DocumentVersion
from apps.documents.querysets import IngestJobQuerySet


class JobState(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    # Its passages are written; the embedder takes their texts with those of other documents.
    EMBEDDING = "embedding", "Indexing"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


UNFINISHED = (JobState.QUEUED, JobState.RUNNING, JobState.EMBEDDING)


class JobStep(models.TextChoices):
    WAITING = "waiting", "Waiting"
    DETECT = "detect", "Opening"
    PARSE = "parse", "Reading"
    SPLIT = "split", "Dividing into passages"
    EMBED = "embed", "Indexing"
    PUBLISH = "publish", "Publishing"


class IngestJob(models.Model):
    """The work of making a document's next version. This row is the truth; the queue is a hint.

    `attempt` is also the fence: who lost the lease finds another number here and writes nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="jobs")
    version = models.ForeignKey(DocumentVersion, on_delete=models.CASCADE, null=True, blank=True, related_name="jobs")
    # For whom it is done, and his how-manieth it is in the round: whoever adds one file waits for one of each other's.
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    turn = models.BigIntegerField(default=0)
    # The machine that works on it.
    holder = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=20, choices=JobState, default=JobState.QUEUED)
    step = models.CharField(max_length=20, choices=JobStep, default=JobStep.WAITING)
    percent = models.PositiveSmallIntegerField(default=0)
    pages_done = models.PositiveIntegerField(default=0)
    pages_total = models.PositiveIntegerField(default=0)
    passages_done = models.PositiveIntegerField(default=0)
    passages_total = models.PositiveIntegerField(default=0)
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    # When the queue was last told of it.
    hinted_at = models.DateTimeField()
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = IngestJobQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["document", "-created_at"], name="job_latest"),
            models.Index(fields=["state", "hinted_at"], condition=models.Q(state__in=UNFINISHED), name="job_unfinished"),
            # Who is read next, who is embedded next; and where the round stands for one person.
            models.Index(fields=["turn", "created_at"], condition=models.Q(state__in=("queued", "running")), name="job_to_claim"),
            models.Index(fields=["state", "turn", "created_at"], condition=models.Q(state__in=UNFINISHED), name="job_next"),
            models.Index(fields=["owner", "-turn"], condition=models.Q(state__in=UNFINISHED), name="job_turn"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["document"],
                condition=models.Q(state__in=UNFINISHED),
                name="one_unfinished_job",
            ),
            models.CheckConstraint(condition=models.Q(state__in=JobState.values), name="job_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()}, attempt {self.attempt}"
