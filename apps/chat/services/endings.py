"""How a run ends: exactly once, with everything it leaves behind in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.chat.errors import StaleAttempt
from apps.chat.events import RunCancelled, RunCompleted, RunFailed, TerminalEvent, payload_of
from apps.chat.models import Citation, Message, Run, RunEvent, RunState
from apps.chat.models.run_event import SEQ_PER_ATTEMPT
from apps.chat.text import shorten
from apps.documents.models import Document, Passage


@dataclass(frozen=True, slots=True)
class CitedSpan:
    """A citation before it is stored: the passage it points at and the words in it."""

    number: int
    passage_id: int
    version_id: str
    document_id: str
    page: int | None
    start: int
    end: int
    support: str


@dataclass(frozen=True, slots=True)
class Ending:
    """`text` None leaves the answer as it stands. The error's words are for the reader.

    `takes_back`: what streamed leaves the log with the ending, for nobody to read again.
    """

    state: RunState
    text: str | None = None
    citations: Sequence[CitedSpan] = ()
    model: str = ""
    trace: dict[str, Any] = field(default_factory=dict)
    error_code: str = ""
    error_detail: str = ""
    takes_back: bool = False


def end_run(run_id: UUID, attempt: int, ending: Ending, *, last_seq: int | None = None, from_state: RunState = RunState.RUNNING) -> int:
    """Store the ending and its terminal event; gives the event's number.

    `last_seq` is the last number that the attempt gave, told by who holds it: readers may have seen what Postgres has not. Anybody else, who
    does not know it, ends the run with a number of the next attempt, which nobody has seen yet.

    Raises StaleAttempt, with nothing written, unless the run is in `from_state` of this very attempt. The row stays
    locked until the end, so of two that want to end a run the second finds it ended.
    """
    with transaction.atomic():
        changed = Run.objects.filter(pk=run_id, attempt=attempt, state=from_state).update(
            state=ending.state,
            finished_at=timezone.now(),
            lease_until=None,
            claimed_by="",
            stage="",
            model=ending.model,
            trace=ending.trace,
            checkpoint=None,
            error_code=ending.error_code,
            error_detail=shorten(ending.error_detail, 500),
        )
        if not changed:
            raise StaleAttempt
        answer = Message.objects.get(runs=run_id)
        _store_answer(answer, ending)
        event = _terminal_event(ending, str(answer.pk))
        seq = last_seq + 1 if last_seq is not None else (attempt + 1) * SEQ_PER_ATTEMPT + 1
        if ending.takes_back:
            RunEvent.objects.streamed().filter(run=run_id).delete()
        RunEvent.objects.create(run_id=run_id, seq=seq, attempt=seq // SEQ_PER_ATTEMPT, type=event.type, payload=payload_of(event))
    return seq


def _terminal_event(ending: Ending, answer_id: str) -> TerminalEvent:
    if ending.state == RunState.COMPLETED:
        return RunCompleted(answer_id)
    if ending.state == RunState.FAILED:
        return RunFailed(answer_id, ending.error_code, ending.error_detail)
    return RunCancelled(answer_id)


def _store_answer(answer: Message, ending: Ending) -> None:
    if ending.text is None:
        return
    Message.objects.filter(pk=answer.pk).update(text=ending.text)
    # A document may have been deleted while its words were on their way; its citation stays, pointing at nothing.
    # Those that are there are held until the commit: a deletion locks its document first, and waits.
    cited_documents = Document.objects.filter(pk__in={cited.document_id for cited in ending.citations}).order_by("pk")
    list(cited_documents.select_for_update(no_key=True, of=("self",)).values_list("pk"))
    present = set(Passage.objects.filter(pk__in=[cited.passage_id for cited in ending.citations]).values_list("pk", flat=True))
    Citation.objects.bulk_create(_citation(answer, cited, is_present=cited.passage_id in present) for cited in ending.citations)


def _citation(answer: Message, cited: CitedSpan, *, is_present: bool) -> Citation:
    return Citation(
        message=answer,
        number=cited.number,
        passage_id=cited.passage_id if is_present else None,
        version_id=cited.version_id if is_present else None,
        document_id=cited.document_id if is_present else None,
        page=cited.page,
        start=cited.start,
        end=cited.end,
        support=cited.support,
    )
