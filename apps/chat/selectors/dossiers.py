"""How an answer was made, for whoever asked: what its run left behind, put beside what the reader may see now.

The trace holds ids and numbers. Passages are read through the reader's rights of now; those that are gone, or not for them any more, are only counted.
"""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from apps.accounts.types import Reader
from apps.chat.dossier import CallView, Dossier, PassageView, SentenceView, StepView
from apps.chat.graph.marks import strip_marks
from apps.chat.models import Run
from apps.chat.selectors.runs import get_run
from apps.chat.selectors.sources import section_of
from apps.documents.links import source_url
from apps.documents.places import place_of
from apps.documents.selectors import get_passages
from apps.gateway.selectors.run_calls import RunCall, list_run_calls


def get_dossier(reader: Reader, run_id: UUID) -> Dossier:
    """Raises NotFound where the run is not the reader's. A run that is not over has nothing to tell yet but its calls."""
    run = get_run(reader, run_id)
    trace = run.trace
    passages, hidden_count = _passages(reader, trace.get("passages", ()))
    calls = list_run_calls(reader, run.pk)
    evidence = trace.get("evidence") or {}
    return Dossier(
        run_id=run.pk,
        conversation_id=run.conversation_id,
        answer_id=run.answer_id,
        question=run.question.text,
        state=run.state,
        state_text=run.get_state_display(),
        is_live=run.is_live,
        error_code=run.error_code,
        model=run.model,
        attempt_count=run.attempt,
        asked_at=run.created_at,
        finished_at=run.finished_at,
        queries=tuple(trace.get("queries") or filter(None, [trace.get("query")])),
        evidence=evidence.get("score"),
        threshold=evidence.get("threshold"),
        passages=passages,
        hidden_passage_count=hidden_count,
        sentences=_sentences(run, trace.get("sentences", ())),
        dropped_citation_count=trace.get("dropped_citation_count", 0),
        prompts=tuple(trace.get("prompts", ())),
        steps=tuple(StepView(one["step"], one["took_ms"]) for one in trace.get("steps", ())),
        calls=tuple(_call(one) for one in calls),
        input_tokens=sum(one.input_tokens or 0 for one in calls),
        output_tokens=sum(one.output_tokens or 0 for one in calls),
        money=sum(prices, Decimal(0)) if (prices := [one.money for one in calls if one.money is not None]) else None,
    )


# Any: the JSON of the trace.
def _passages(reader: Reader, found: Sequence[dict[str, Any]]) -> tuple[tuple[PassageView, ...], int]:
    visible = get_passages(reader, [one["id"] for one in found])
    views = []
    for rank, one in enumerate(found, start=1):
        passage = visible.get(one["id"])
        if passage is None:
            continue
        document = passage.version.document
        place = place_of(passage) or section_of(passage, document.title)
        url = source_url(reader.workspace.slug, document.pk, passage.pk)
        views.append(PassageView(rank, document.pk, document.title, place, url, one["score"], one.get("fate", "")))
    return tuple(views), len(found) - len(views)


def _sentences(run: Run, checked: Sequence[dict[str, Any]]) -> tuple[SentenceView, ...]:
    """With their words, as long as the answer is the one that was checked: another try may have taken its place."""
    is_its_own = not Run.objects.filter(answer=run.answer_id, created_at__gt=run.created_at).exists()
    answer = run.answer.text if is_its_own else ""
    return tuple(
        SentenceView(
            text=strip_marks(answer[one["start"] : one["end"]]),
            support=one["support"],
            score=one.get("score"),
            by=one.get("by", ""),
            sources=tuple(one["numbers"]),
        )
        for one in checked
    )


def _call(call: RunCall) -> CallView:
    guards: Counter[str] = Counter()
    for name, hit in call.guards.items():
        guards[name] += int(str(hit.get("count", 0)))
    return CallView(call, tuple(sorted(guards.items())))
