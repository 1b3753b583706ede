"""Who can see a document: shown to who may see people, changed by who manages the document. Each change is a plain form."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import workspace_page
from apps.accounts.types import Reader
from apps.common.errors import Conflict, Invalid, QuireError
from apps.documents import effects
from apps.documents.audience import ACCESS_CHOICES, audience_of, choices_beside, named_on, read_who
from apps.documents.models import Access, Document
from apps.documents.selectors import get_collection_to_add, get_document, is_visible, list_collections_to_add, still_sees
from apps.documents.services.moving import move_document
from apps.documents.services.sharing import set_access, share_document, unshare_document
from apps.documents.views.asking import ask_first
from apps.documents.views.managed import Subject, managed_document, name_of_subject


@require_GET
@workspace_page("document.view")
def access(request: HttpRequest, reader: Reader, document_id: UUID) -> HttpResponse:
    found = get_document(reader, document_id)
    if not reader.can("document.manage", found):
        reader.require("people.view")
    return _show(request, reader, found)


def _show(request: HttpRequest, reader: Reader, found: Document, *, error: QuireError | None = None, at: str = "") -> HttpResponse:
    """The page; with an error, beside the form that it is about."""
    context = {
        "reader": reader,
        "workspace": reader.workspace,
        "document": found,
        "collection": found.collection if is_visible(reader, found.collection) else None,
        "audience": audience_of(reader, found, found.access, found.collection),
        # An attachment goes with its message: it is said there who sees both.
        "can_manage": reader.can("document.manage", found) and found.parent_id is None,
        "message_url": _message_url(reader, found),
        "error": error,
        "error_at": at,
    }
    if context["can_manage"]:
        context |= _choices(reader, found)
    return render(request, "documents/access.html", context, status=error.status if error else 200)


def _message_url(reader: Reader, document: Document) -> str:
    """Where it is said who sees an attachment; empty for other documents."""
    if document.parent_id is None:
        return ""
    return reverse("documents:access", args=[reader.workspace.slug, document.parent_id])


# Any: a template's context.
def _choices(reader: Reader, found: Document) -> dict[str, Any]:
    named = named_on(reader, found)
    return {
        "choices": ACCESS_CHOICES,
        "named": named,
        "can_name": reader.can("people.view"),
        "subjects": choices_beside(reader, named),
        "collections": [one for one in list_collections_to_add(reader) if one.pk != found.collection_id],
    }


@require_POST
@workspace_page("document.view")
def access_change(request: HttpRequest, reader: Reader, document_id: UUID) -> HttpResponse:
    found = managed_document(reader, document_id)
    wanted = request.POST.get("access", "")
    if wanted not in Access.values:
        return _show(request, reader, found, error=Invalid("Choose who sees it."), at="access")
    question = effects.of_access(reader, found, wanted)
    if page := ask_first(request, reader, question, _address(reader, found)):
        return page
    set_access(reader, found, wanted)
    return _done(request, reader, found, f"{found.title}: who sees it is changed.")


@require_POST
@workspace_page("document.view")
def access_move(request: HttpRequest, reader: Reader, document_id: UUID) -> HttpResponse:
    found = managed_document(reader, document_id)
    try:
        target = get_collection_to_add(reader, request.POST.get("collection", ""))
        if page := ask_first(request, reader, effects.of_move(reader, found, target), _address(reader, found)):
            return page
        move_document(reader, found, target)
    except Conflict as error:
        return _show(request, reader, found, error=error, at="collection")
    return _done(request, reader, found, f"{found.title}: moved to {target.name}.")


@require_POST
@workspace_page("document.view")
def access_share(request: HttpRequest, reader: Reader, document_id: UUID) -> HttpResponse:
    found = managed_document(reader, document_id)
    try:
        subject = read_who(reader, request.POST.get("who", ""))
    except Invalid as error:
        return _show(request, reader, found, error=error, at="who")
    words = "named" if share_document(reader, found, **subject) else "named already"
    return _done(request, reader, found, f"{name_of_subject(subject)}: {words}.")


@require_POST
@workspace_page("document.view")
def access_unshare(request: HttpRequest, reader: Reader, document_id: UUID) -> HttpResponse:
    found = managed_document(reader, document_id)
    subject = read_who(reader, request.POST.get("who", ""))
    question = effects.of_unshare(found, name_of_subject(subject), is_reader=_is_reader(reader, subject))
    if page := ask_first(request, reader, question, _address(reader, found)):
        return page
    unshare_document(reader, found, **subject)
    return _done(request, reader, found, f"{name_of_subject(subject)}: no longer named.")


def _is_reader(reader: Reader, subject: Subject) -> bool:
    if member := subject.get("member"):
        return bool(member.pk == reader.membership_id)
    return subject["group"].pk in reader.groups


def _address(reader: Reader, found: Document) -> str:
    return reverse("documents:access", args=[reader.workspace.slug, found.pk])


def _done(request: HttpRequest, reader: Reader, found: Document, words: str) -> HttpResponse:
    """Back to the page, or to the library for who no longer sees the document."""
    messages.success(request, words)
    if still_sees(reader, found):
        return redirect(_address(reader, found))
    return redirect("documents:library", slug=reader.workspace.slug)
