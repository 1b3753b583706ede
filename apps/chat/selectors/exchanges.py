"""Questions with their answers, as a page shows them. A fixed number of queries, however long the conversation."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db.models import Max
from django.urls import reverse

from apps.accounts.types import Reader
from apps.chat.models import Conversation, Message, MessageRole, Run, RunEvent, RunState
from apps.chat.rendering import render_answer
from apps.chat.selectors.sources import cited_sources, list_sources
from apps.chat.types import ErrorView, ExchangeView, SourceView
from apps.common.errors import NotFound
from apps.gateway.selectors import get_chat_model

FAILED_TITLE = "The question could not be answered"
WAITING = "Waiting for an agent"


def list_exchanges(reader: Reader, conversation: Conversation) -> list[ExchangeView]:
    answers = Message.objects.visible_to(reader).filter(conversation=conversation, role=MessageRole.ASSISTANT)
    return _views(reader, list(answers.select_related("reply_to").order_by("created_at")))


def get_exchange(reader: Reader, message_id: UUID) -> ExchangeView:
    """The exchange of one answer; NotFound when it is not the reader's, or no answer."""
    answers = Message.objects.visible_to(reader).filter(pk=message_id, role=MessageRole.ASSISTANT)
    views = _views(reader, list(answers.select_related("reply_to")))
    if not views:
        raise NotFound
    return views[0]


def _views(reader: Reader, answers: Sequence[Message]) -> list[ExchangeView]:
    ids = [answer.pk for answer in answers]
    runs = {run.answer_id: run for run in Run.objects.filter(answer__in=ids).order_by("answer", "-created_at").distinct("answer")}
    last_seqs = dict(RunEvent.objects.filter(run__in=runs.values()).values_list("run").annotate(Max("seq")))
    sources = list_sources(reader, ids)
    embedded = get_chat_model(str(reader.workspace.pk))
    embedded_name = embedded.name if embedded.is_embedded else ""
    return [_view(reader, answer, runs[answer.pk], (last_seqs, sources.get(answer.pk, []), embedded_name)) for answer in answers if answer.pk in runs]


def _view(reader: Reader, answer: Message, run: Run, parts: tuple[Mapping[UUID, int], list[SourceView], str]) -> ExchangeView:
    last_seqs, sources, embedded_name = parts
    slug = reader.workspace.slug
    page = reverse("chat:conversation", args=[slug, answer.conversation_id])
    return ExchangeView(
        id=answer.pk,
        question=answer.reply_to.text if answer.reply_to else "",
        run_id=run.pk,
        state=run.state,
        is_live=run.is_live,
        # A page that opens in mid-answer replays the log from its start.
        last_seq=0 if run.is_live else last_seqs.get(run.pk, 0),
        stage_text=(run.stage or WAITING) if run.is_live else "",
        html=render_answer(answer.text, cited_sources(sources)),
        sources=sources,
        error=_error(run),
        is_embedded_model=bool(embedded_name) and (run.is_live or run.model == embedded_name),
        url=f"{page}#m-{answer.pk}",
        stop_url=reverse("chat:run-stop", args=[slug, run.pk]),
        retry_url=reverse("chat:run-retry", args=[slug, run.pk]),
        refresh_url=reverse("chat:message", args=[slug, answer.pk]),
        dossier_url=reverse("chat:run-dossier", args=[slug, run.pk]),
        text=answer.text,
        asked_at=run.created_at,
        latency_ms=_latency_ms(run),
    )


def _error(run: Run) -> ErrorView | None:
    return ErrorView(FAILED_TITLE, run.error_detail) if run.state == RunState.FAILED else None


def _latency_ms(run: Run) -> int | None:
    return round((run.finished_at - run.created_at).total_seconds() * 1000) if run.finished_at else None
