"""An answer as an integrator gets it."""

from typing import Any
from uuid import UUID

from apps.accounts.types import Reader
from apps.chat.errors import AnswerFailed, AnswerStopped
from apps.chat.models import Run, RunState
from apps.chat.selectors.exchanges import get_exchange
from apps.chat.selectors.runs import get_run


def get_answer(reader: Reader, run_id: UUID) -> dict[str, Any]:
    """The finished answer of a run; raises AnswerFailed or AnswerStopped where there is none, each with the run's id."""
    run = get_run(reader, run_id)
    if run.state == RunState.FAILED:
        raise AnswerFailed(run.error_detail, run_id=str(run.pk), reason=run.error_code)
    if run.state == RunState.CANCELLED:
        raise AnswerStopped("The run was stopped before it had an answer.", run_id=str(run.pk))
    return {**answer_output(reader, run), "run_id": str(run.pk)}


def answer_output(reader: Reader, run: Run) -> dict[str, Any]:
    """What a completed run says, with its sources as the reader may see them now."""
    exchange = get_exchange(reader, run.answer_id)
    return {
        "answer": exchange.text,
        "sources": [
            {
                "document": str(source.document_id) if source.document_id else None,
                "title": source.title,
                "page": source.page,
                "place": source.place,
                "quote": source.quote,
                "url": source.url,
            }
            for source in exchange.sources
        ],
        "latency_ms": exchange.latency_ms,
    }
