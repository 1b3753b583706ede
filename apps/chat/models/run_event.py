from typing import ClassVar

from django.db import models

from apps.chat.models.run import Run
from apps.chat.querysets import TERMINAL_EVENTS, RunEventQuerySet

# `seq` is attempt × this + n, so a number given once never comes again, whichever process gives it.
SEQ_PER_ATTEMPT = 1_000_000


class RunEvent(models.Model):
    """One numbered line of a run's log: what the page is told, in order, and told again after a lost connection."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="events")
    seq = models.BigIntegerField()
    attempt = models.PositiveIntegerField()
    type = models.CharField(max_length=40)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RunEventQuerySet.as_manager()

    class Meta:
        # Only what is still to be pruned is in it, so pruning costs what it deletes, however long the history.
        indexes: ClassVar = [models.Index(fields=["run"], condition=~models.Q(type__in=TERMINAL_EVENTS), name="run_event_streamed")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "seq"], name="run_event_numbered_once"),
            models.UniqueConstraint(fields=["run"], condition=models.Q(type__in=TERMINAL_EVENTS), name="one_terminal_event_a_run"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.type}"
