"""What is done with documents of the list: one by its own button, or those that were selected, together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from apps.accounts.access import workspace_page
from apps.accounts.types import Reader
from apps.common.errors import Invalid, NotAllowed, NotFound, QuireError
from apps.documents.effects import Question
from apps.documents.listing import select_rows
from apps.documents.models import Document
from apps.documents.selectors import get_document
from apps.documents.services import cancel_document, delete_document, retry_document
from apps.documents.views.asking import ask_first
from apps.documents.views.listed import back_address, read_ids

# So many titles stand in a message; more would be a list and no sentence.
_TITLES_MAX = 3


@dataclass(frozen=True, slots=True)
class _Action:
    run: Callable[[Reader, Document], object]
    # What became of one document, and of several.
    one: str
    many: str


_ACTIONS = {
    "retry": _Action(retry_document, "is being read again", "are being read again"),
    "cancel": _Action(cancel_document, "is not read any further", "are not read any further"),
    "delete": _Action(delete_document, "is deleted", "are deleted"),
}


@require_POST
@workspace_page("document.view")
def retry(request: HttpRequest, reader: Reader, document_id: UUID) -> HttpResponse:
    found = get_document(reader, document_id)
    retry_document(reader, found)
    return _done(request, reader, f"{found.title}: being read again.")


@require_POST
@workspace_page("document.view")
def cancel(request: HttpRequest, reader: Reader, document_id: UUID) -> HttpResponse:
    found = get_document(reader, document_id)
    cancel_document(reader, found)
    return _done(request, reader, f"{found.title}: not read any further.")


@require_POST
@workspace_page("document.view")
def delete(request: HttpRequest, reader: Reader, document_id: UUID) -> HttpResponse:
    found = get_document(reader, document_id)
    delete_document(reader, found)
    return _done(request, reader, f"{found.title}: deleted.")


@require_POST
@workspace_page("document.view")
def selected(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Do the same with several documents, each by itself: what cannot be done with one is told and keeps no other from it."""
    name = request.POST.get("action", "")
    if name not in _ACTIONS:
        raise Invalid("Choose what to do with the documents.")
    ids = read_ids(request.POST.getlist("document"))
    if not ids:
        messages.warning(request, "Select documents first.")
        return redirect(back_address(request, reader))
    documents = list(select_rows(reader, ids))
    if not documents:
        raise NotFound
    if name == "delete" and (page := ask_first(request, reader, _of_deleting(documents), back_address(request, reader))):
        return page
    _tell(request, _ACTIONS[name], *_run(reader, _ACTIONS[name], documents), missing=len(ids) - len(documents))
    return redirect(back_address(request, reader))


def _of_deleting(documents: Sequence[Document]) -> Question:
    titles = f"“{documents[0].title}”" if len(documents) == 1 else f"{len(documents)} documents"
    effects = [f"Deleted: {_titles(documents)}.", "Their passages leave every search and their files are removed. This cannot be undone."]
    return Question(f"Delete {titles}?", tuple(effects), "Delete")


Refusals = dict[str, list[Document]]


def _run(reader: Reader, action: _Action, documents: Sequence[Document]) -> tuple[int, Refusals]:
    """Return with how many it was done, and the others by the reason. Raises NotAllowed where all of them are another's to manage."""
    refusals: Refusals = {}
    errors: list[QuireError] = []
    for document in documents:
        try:
            action.run(reader, document)
        except QuireError as error:
            errors.append(error)
            refusals.setdefault(error.detail or error.title, []).append(document)
    if len(errors) == len(documents) and all(isinstance(error, NotAllowed) for error in errors):
        raise errors[0]
    return len(documents) - len(errors), refusals


def _tell(request: HttpRequest, action: _Action, done: int, refusals: Refusals, *, missing: int) -> None:
    parts = [f"{done} {action.one if done == 1 else action.many}."] if done else []
    parts += [f"{len(those)} could not: {_titles(those)}. {reason}" for reason, those in refusals.items()]
    if missing:
        parts.append(f"{missing} {'is' if missing == 1 else 'are'} not there any more.")
    level = messages.SUCCESS if not refusals and not missing else messages.WARNING if done else messages.ERROR
    messages.add_message(request, level, " ".join(parts))


def _titles(documents: Sequence[Document]) -> str:
    shown = ", ".join(f"“{one.title}”" for one in documents[:_TITLES_MAX])
    more = len(documents) - _TITLES_MAX
    return f"{shown} and {more} more" if more > 0 else shown


def _done(request: HttpRequest, reader: Reader, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect(back_address(request, reader))
