"""Runs and their logs, as whoever asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from apps.accounts.selectors.readers import get_reader_by_id
from apps.accounts.types import Reader
from apps.chat.models import Run, RunEvent
from apps.chat.models.run_event import SEQ_PER_ATTEMPT
from apps.chat.querysets import TERMINAL_EVENTS
from apps.common.errors import NotFound

PAGE_OF_EVENTS = 200


@dataclass(frozen=True, slots=True)
class LoggedLine:
    seq: int
    type: str
    payload: dict[str, object]

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


def list_events(reader: Reader, run_id: UUID, after: int) -> Sequence[LoggedLine]:
    """The next events after number `after`, at most a page. Those of an attempt that was superseded are left out.

    Raises NotFound when the run is not the reader's.
    """
    attempt = get_run(reader, run_id).attempt
    since = max(after, attempt * SEQ_PER_ATTEMPT)
    rows = RunEvent.objects.filter(run_id=run_id, seq__gt=since).order_by("seq")[:PAGE_OF_EVENTS]
    return [LoggedLine(row.seq, row.type, row.payload) for row in rows]


def is_run_over(run_id: UUID) -> bool:
    return not Run.objects.filter(pk=run_id).live().exists()
