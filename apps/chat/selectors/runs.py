"""Runs and their logs, as whoever asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from apps.accounts.selectors.readers import get_reader_by_id
from apps.accounts.types import Reader
from apps.chat.models import Run, RunEvent
from apps.chat.models.run_event import SEQ_PER_ATTEMPT
from apps.chat.querysets import TERMINAL_EVENTS
from apps.common.errors import NotFound

PAGE_OF_EVENTS = 200
JUST_ENDED = timedelta(seconds=0.5)


@dataclass(frozen=True, slots=True)
class LoggedLine:
    seq: int
    type: str
    payload: Mapping[str, object]

    @property
    def is_terminal(self) -> bool:
        return self.type in TERMINAL_EVENTS


def get_run(reader: Reader, run_id: UUID) -> Run:
    run = Run.objects.visible_to(reader).filter(pk=run_id).first()
    if run is None:
        raise NotFound
    return run


def get_run_reader(user_id: UUID, run_id: UUID) -> Reader:
    """The reader that `user_id` is for this run, read anew; NotFound where the run is not theirs (any more)."""
    workspace_id = Run.objects.filter(pk=run_id, conversation__owner=user_id).values_list("conversation__workspace", flat=True).first()
    if workspace_id is None:
        raise NotFound
    return get_reader_by_id(user_id, workspace_id)


def list_events(reader: Reader, run_id: UUID, after: int, *, has_followed: bool = True) -> Sequence[LoggedLine]:
    """The next events after number `after`, at most a page. Those of an attempt that was superseded are left out.

    Who comes to a run that is over, and did not follow it before, gets its ending alone: what streamed quotes documents by the rights of
    then, and the stored answer, to which the ending leads, shows them by those of now.
    Raises NotFound when the run is not the reader's.
    """
    run = get_run(reader, run_id)
    events = RunEvent.objects.filter(run=run, seq__gt=max(after, run.attempt * SEQ_PER_ATTEMPT))
    if not has_followed and _is_long_over(run):
        events = events.filter(type__in=TERMINAL_EVENTS)
    return [LoggedLine(row.seq, row.type, row.payload) for row in events.order_by("seq")[:PAGE_OF_EVENTS]]


def _is_long_over(run: Run) -> bool:
    """A page may come a moment after the end of a run that it asked for just now."""
    return run.finished_at is not None and run.finished_at < timezone.now() - JUST_ENDED


def is_run_over(run_id: UUID) -> bool:
    return not Run.objects.filter(pk=run_id).live().exists()
