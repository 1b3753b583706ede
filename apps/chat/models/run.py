import uuid
from typing import ClassVar

from django.db import models

from apps.chat.models.conversation import Conversation
from apps.chat.models.message import Message
from apps.chat.querysets import LIVE_STATES, RunQuerySet


class RunState(models.TextChoices):
    ACCEPTED = "accepted", "Waiting"
    RUNNING = "running", "Answering"
    COMPLETED = "completed", "Answered"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Stopped"


class Run(models.Model):
    """One try at an answer. A retry is a new run of the same answer; a take-over is a new attempt of the same run."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="runs")
    question = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    answer = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="runs")
    # Asked with this key: the run may what the key may, and ends with it. The plain id, for keys are never deleted.
    api_key_id = models.UUIDField(null=True, blank=True)
    # Nothing outside of this collection is found. The plain id, so that one that is deleted never turns into no limit: the run fails.
    collection_id = models.UUIDField(null=True, blank=True)
    # [question, answer] of each turn before this one, from a program that keeps its conversation itself. None: those of the conversation.
    earlier = models.JSONField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=RunState, default=RunState.ACCEPTED)
    attempt = models.PositiveIntegerField(default=0, help_text="Counts claims. Events of an earlier attempt are refused.")
    lease_until = models.DateTimeField(null=True, blank=True)
    claimed_by = models.CharField(max_length=80, blank=True)
    stage = models.CharField(max_length=120, blank=True, help_text="The last stage in words, for pages without a socket.")
    error_code = models.CharField(max_length=60, blank=True)
    error_detail = models.CharField(max_length=500, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    model = models.CharField(max_length=200, blank=True)
    trace = models.JSONField(default=dict, blank=True)
    # What the next attempt goes on from: ids and numbers; see `services/checkpoints.py`. Gone with the run's end.
    checkpoint = models.JSONField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["created_at"], name="run_to_claim", condition=models.Q(state__in=LIVE_STATES)),
            models.Index(fields=["answer", "-created_at"], name="run_latest"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(state__in=RunState.values), name="run_state_known"),
            models.CheckConstraint(
                condition=models.Q(state__in=LIVE_STATES, finished_at__isnull=True) | (~models.Q(state__in=LIVE_STATES) & models.Q(finished_at__isnull=False)),
                name="run_finished_has_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="running") | models.Q(lease_until__isnull=False),
                name="run_running_has_lease",
            ),
            models.UniqueConstraint(fields=["answer"], condition=models.Q(state__in=LIVE_STATES), name="one_live_run_an_answer"),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()}, attempt {self.attempt}"

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_STATES
