"""Who may see what of a conversation: its owner, in its workspace, and nobody else."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models.functions import Now

if TYPE_CHECKING:
    from apps.accounts.types import Operator, Reader
    from apps.chat.models import Citation, Conversation, Message, Run, RunEvent  # noqa: F401  (for annotations only)

# One terminal event a run; a constraint in the database holds it.
TERMINAL_EVENTS = ("run.completed", "run.failed", "run.cancelled")
LIVE_STATES = ("accepted", "running")


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, reader: "Reader") -> Self:
        return self.filter(owner=reader.user, workspace=reader.workspace)


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, reader: "Reader") -> Self:
        return self.filter(conversation__owner=reader.user, conversation__workspace=reader.workspace)


class RunQuerySet(models.QuerySet["Run"]):
    def visible_to(self, reader: "Reader") -> Self:
        return self.filter(conversation__owner=reader.user, conversation__workspace=reader.workspace)

    def visible_to_operator(self, operator: "Operator") -> Self:
        return self if operator.can_view(self.model) else self.none()

    def live(self) -> Self:
        return self.filter(state__in=LIVE_STATES)

    def claimable(self) -> Self:
        """Waiting, or running by a process that was not heard of before its lease ran out. The database's clock decides."""
        return self.filter(models.Q(state="accepted") | models.Q(state="running", lease_until__lt=Now()))


class CitationQuerySet(models.QuerySet["Citation"]):
    def visible_to(self, reader: "Reader") -> Self:
        return self.filter(message__conversation__owner=reader.user, message__conversation__workspace=reader.workspace)


class RunEventQuerySet(models.QuerySet["RunEvent"]):
    def streamed(self) -> Self:
        """All but endings."""
        return self.exclude(type__in=TERMINAL_EVENTS)

    def visible_to(self, reader: "Reader") -> Self:
        return self.filter(run__conversation__owner=reader.user, run__conversation__workspace=reader.workspace)
