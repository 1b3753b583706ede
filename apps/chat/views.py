"""The pages of a conversation. Each works as a plain form; a script asks for the same fragments and gets no more."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import workspace_page
from apps.accounts.limits import limit_asking
from apps.accounts.types import Reader
from apps.chat.models import Run
from apps.chat.selectors.chat_models import get_model_note
from apps.chat.selectors.conversations import get_conversation, list_conversations
from apps.chat.selectors.dossiers import get_dossier
from apps.chat.selectors.exchanges import get_exchange, list_exchanges
from apps.chat.services import asking
from apps.chat.suggestions import SUGGESTIONS
from apps.chat.types import ConversationLink
from apps.common.errors import NotFound
from apps.common.errors_page import wants_fragment
from apps.documents.selectors import get_library_summary


@require_GET
@workspace_page("document.view")
def begin(request: HttpRequest, reader: Reader) -> HttpResponse:
    library = get_library_summary(reader)
    suggestions = list(SUGGESTIONS) if library["document_count"] else []
    return render(request, "chat/begin.html", {**_frame(reader), "suggestions": suggestions, "library": library})


@require_POST
@workspace_page("chat.ask")
def ask(request: HttpRequest, reader: Reader) -> HttpResponse:
    limit_asking(reader)
    conversation_id = _uuid_or_none(request.POST.get("conversation", ""))
    run = asking.ask_question(reader, text=request.POST.get("question", ""), conversation_id=conversation_id)
    return _show(request, reader, run, fragment_status=201)


@require_GET
@workspace_page("document.view")
def conversation(request: HttpRequest, reader: Reader, conversation_id: UUID) -> HttpResponse:
    found = get_conversation(reader, conversation_id)
    context = {**_frame(reader, current=found.pk), "conversation": found, "exchanges": list_exchanges(reader, found)}
    return render(request, "chat/conversation.html", context)


@require_GET
@workspace_page("document.view")
def message(request: HttpRequest, reader: Reader, message_id: UUID) -> HttpResponse:
    return _fragment(request, reader, message_id)


@require_GET
@workspace_page("document.view")
def dossier(request: HttpRequest, reader: Reader, run_id: UUID) -> HttpResponse:
    """How an answer was made, as a page or, with `?format=json`, as a file."""
    found = get_dossier(reader, run_id)
    if request.GET.get("format") == "json":
        response: HttpResponse = JsonResponse(found.as_json(), json_dumps_params={"indent": 2})
        response["Content-Disposition"] = f'attachment; filename="answer-{run_id}.json"'
    else:
        response = render(request, "chat/dossier.html", {**_frame(reader), "dossier": found, "currency": settings.QUIRE_CURRENCY})
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@workspace_page("chat.ask")
def stop_run(request: HttpRequest, reader: Reader, run_id: UUID) -> HttpResponse:
    return _show(request, reader, asking.cancel_run(reader, run_id))


@require_POST
@workspace_page("chat.ask")
def retry_run(request: HttpRequest, reader: Reader, run_id: UUID) -> HttpResponse:
    limit_asking(reader)
    return _show(request, reader, asking.retry_run(reader, run_id))


def _show(request: HttpRequest, reader: Reader, run: Run, *, fragment_status: int = 200) -> HttpResponse:
    """The exchange for a script; the conversation at that answer for everyone else."""
    address = f"{reverse('chat:conversation', args=[reader.workspace.slug, run.conversation_id])}#m-{run.answer_id}"
    if not wants_fragment(request):
        return redirect(address)
    response = _fragment(request, reader, run.answer_id, status=fragment_status)
    response["X-Quire-Location"] = address
    return response


def _fragment(request: HttpRequest, reader: Reader, message_id: UUID, *, status: int = 200) -> HttpResponse:
    context = {"reader": reader, "workspace": reader.workspace, "exchange": get_exchange(reader, message_id)}
    response = render(request, "chat/_exchange.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _frame(reader: Reader, *, current: UUID | None = None) -> dict[str, Any]:
    """What every page of the chat shows around its middle. Any: a template's context holds whatever it shows."""
    slug = reader.workspace.slug
    links = [ConversationLink(one.pk, one.title, reverse("chat:conversation", args=[slug, one.pk]), one.pk == current) for one in list_conversations(reader)]
    return {
        "reader": reader,
        "workspace": reader.workspace,
        "conversations": links,
        "model": get_model_note(reader),
        "question_max": settings.QUIRE_QUESTION_MAX_CHARS,
    }


def _uuid_or_none(value: str) -> UUID | None:
    """Raises NotFound for what cannot be the id of a conversation."""
    if not value:
        return None
    try:
        return UUID(value)
    except ValueError:
        raise NotFound from None
