"""Collections: which there are, what they are for, and who may do what in them."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import workspace_page
from apps.accounts.types import Reader
from apps.common.errors import Conflict, Invalid
from apps.documents import effects
from apps.documents.audience import choices_beside, grants_of, name_of, read_who
from apps.documents.forms import CollectionForm
from apps.documents.models import Collection, Level
from apps.documents.selectors import get_collection, get_grant_level, is_readable, is_visible, list_collections
from apps.documents.services.collections import change_collection, create_collection, grant_collection, revoke_grant
from apps.documents.views.asking import ask_first
from apps.documents.views.managed import Subject, managed_collection, name_of_subject

_LEVELS = [(level.value, level.label) for level in Level if level != Level.NONE]


@require_GET
@workspace_page("document.view")
def collections(request: HttpRequest, reader: Reader) -> HttpResponse:
    return _list(request, reader, CollectionForm.of())


def _list(request: HttpRequest, reader: Reader, form: CollectionForm) -> HttpResponse:
    context = {
        "reader": reader,
        "workspace": reader.workspace,
        "collections": list_collections(reader),
        "can_create": reader.can("collection.manage"),
        "form": form,
    }
    return render(request, "documents/collections.html", context, status=422 if form.errors else 200)


@require_POST
@workspace_page("collection.manage")
def collection_create(request: HttpRequest, reader: Reader) -> HttpResponse:
    form = CollectionForm.of(data=request.POST)
    if form.is_valid():
        try:
            made = create_collection(reader, **form.cleaned_data)
        except (Invalid, Conflict) as error:
            form.add_error("name", error.detail)
        else:
            messages.success(request, f"{made.name}: made. Say who may do what in it.")
            return redirect(_address(reader, made))
    return _list(request, reader, form)


@require_GET
@workspace_page("document.view")
def collection(request: HttpRequest, reader: Reader, collection_id: UUID) -> HttpResponse:
    found = get_collection(reader, collection_id)
    return _show(request, reader, found, CollectionForm.of(found))


def _show(request: HttpRequest, reader: Reader, found: Collection, form: CollectionForm, *, error: str = "") -> HttpResponse:
    can_manage = reader.can("collection.manage", found)
    grants = grants_of(reader, found)
    context = {
        "reader": reader,
        "workspace": reader.workspace,
        "collection": found,
        "form": form,
        "grants": grants,
        "levels": _LEVELS,
        "can_manage": can_manage,
        "can_name": reader.can("people.view"),
        "is_reader": is_readable(reader, found),
        "subjects": choices_beside(reader, grants) if can_manage else {},
        "error": error,
    }
    return render(request, "documents/collection.html", context, status=422 if error or form.errors else 200)


@require_POST
@workspace_page("document.view")
def collection_change(request: HttpRequest, reader: Reader, collection_id: UUID) -> HttpResponse:
    found = managed_collection(reader, collection_id)
    form = CollectionForm.of(found, request.POST)
    if form.is_valid():
        if page := ask_first(request, reader, effects.of_everyone(found, form.cleaned_data["everyone"]), _address(reader, found)):
            return page
        try:
            changed = change_collection(reader, found, **form.cleaned_data)
        except Invalid as error:
            form.add_error("name", error.detail)
        else:
            return _done(request, reader, changed, f"{changed.name}: changed.")
    return _show(request, reader, found, form)


@require_POST
@workspace_page("document.view")
def collection_grant(request: HttpRequest, reader: Reader, collection_id: UUID) -> HttpResponse:
    """Grant, or change what is granted."""
    found = managed_collection(reader, collection_id)
    level = request.POST.get("level", "")
    try:
        if level not in dict(_LEVELS):
            raise Invalid("Choose what they may do.")
        subject = read_who(reader, request.POST.get("who", ""))
    except Invalid as error:
        return _show(request, reader, found, CollectionForm.of(found), error=error.detail)
    if page := ask_first(request, reader, _less(reader, found, subject, level), _address(reader, found)):
        return page
    grant_collection(reader, found, **subject, level=level)
    return _done(request, reader, found, f"{name_of_subject(subject)}: {Level(level).label.lower()}.")


@require_POST
@workspace_page("document.view")
def collection_revoke(request: HttpRequest, reader: Reader, collection_id: UUID) -> HttpResponse:
    found = managed_collection(reader, collection_id)
    subject = read_who(reader, request.POST.get("who", ""))
    if page := ask_first(request, reader, _less(reader, found, subject, Level.NONE), _address(reader, found)):
        return page
    revoke_grant(reader, found, **subject)
    return _done(request, reader, found, f"{name_of_subject(subject)}: nothing granted here any more.")


def _less(reader: Reader, found: Collection, subject: Subject, level: str) -> effects.Question | None:
    row = next(iter(subject.values()))
    is_reader = row.pk == reader.membership_id or row.pk in reader.groups
    return effects.of_grant(found, name_of(row), get_grant_level(reader, found, **subject), level, is_reader=is_reader)


def _address(reader: Reader, found: Collection) -> str:
    return reverse("documents:collection", args=[reader.workspace.slug, found.pk])


def _done(request: HttpRequest, reader: Reader, found: Collection, words: str) -> HttpResponse:
    """Back to the page, or to the list for who no longer sees the collection."""
    messages.success(request, words)
    if is_visible(reader, found):
        return redirect(_address(reader, found))
    return redirect("documents:collections", slug=reader.workspace.slug)
