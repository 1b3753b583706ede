"""An answer as an integrator gets it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.accounts.types import Reader
from apps.chat.errors import AnswerFailed, AnswerStopped
from apps.chat.failures import failure_of
from apps.chat.models import Run, RunState
from apps.chat.selectors.exchanges import get_exchange
from apps.chat.selectors.runs import get_run
from apps.chat.types import SourceView
from apps.gateway.types import Usage


@dataclass(frozen=True, slots=True)
class CitedAnswer:
    """`usage` is what the run's calls of models took together."""

    text: str
    sources: Sequence[SourceView]
    usage: Usage


def get_answer(reader: Reader, run_id: UUID) -> dict[str, Any]:
    """The finished answer of a run; raises AnswerFailed or AnswerStopped where there is none, each with the run's id."""
    run = get_run(reader, run_id)
    if run.state == RunState.FAILED:
        raise AnswerFailed(run.error_detail, run_id=str(run.pk), reason=run.error_code)
    _require_not_stopped(run)
    return {**answer_output(reader, run), "run_id": str(run.pk)}


def get_cited_answer(reader: Reader, run_id: UUID) -> CitedAnswer:
    """The same for a caller who knows a model's errors: a failed run raises the kind of error that ended it, with its own status."""
    run = get_run(reader, run_id)
    if run.state == RunState.FAILED:
        raise failure_of(run.error_code, run.error_detail)
    _require_not_stopped(run)
    exchange = get_exchange(reader, run.answer_id)
    # Any: JSON, as the graph wrote it.
    trace: dict[str, Any] = run.trace
    return CitedAnswer(exchange.text, exchange.sources, Usage(trace.get("input_tokens", 0), trace.get("output_tokens", 0), estimated=False))


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


def _require_not_stopped(run: Run) -> None:
    if run.state == RunState.CANCELLED:
        raise AnswerStopped("The run was stopped before it had an answer.", run_id=str(run.pk))
