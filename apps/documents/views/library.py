"""The library's pages: the list, adding to it, and what is done with one of its rows."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import workspace_page
from apps.accounts.limits import limit_uploads
from apps.accounts.types import Reader
from apps.common.errors import Invalid, QuireError
from apps.common.errors_page import wants_fragment
from apps.common.problems import error_headers
from apps.documents.audience import ACCESS_OFFERED
from apps.documents.constants import DEFAULT_COLLECTION, DEFAULT_SLUG
from apps.documents.models import Access, Collection, Level
from apps.documents.rows import make_row
from apps.documents.selectors import (
    get_collection,
    get_collection_to_add,
    get_document,
    get_library_summary,
    has_general_collection,
    list_collections,
    list_collections_to_add,
    list_documents,
)
from apps.documents.services import Received, delete_document, receive_file, retry_document
from apps.documents.types import ACCEPTS


@require_GET
@workspace_page("document.view")
def library(request: HttpRequest, reader: Reader) -> HttpResponse:
    chosen = request.GET.get("collection", "")
    collection = get_collection(reader, chosen) if chosen else None
    return render(request, "documents/library.html", _library_context(reader, collection))


# Any: a template's context.
def _library_context(reader: Reader, collection: Collection | None = None) -> dict[str, Any]:
    address = reverse("documents:library", args=[reader.workspace.slug])
    return {
        "reader": reader,
        "workspace": reader.workspace,
        "rows": [make_row(reader, document) for document in list_documents(reader, collection)],
        "summary": get_library_summary(reader),
        "collections": list_collections(reader),
        "collection": collection,
        "library_url": f"{address}?collection={collection.pk}" if collection else address,
        "upload_max_bytes": settings.QUIRE_UPLOAD_MAX_BYTES,
        "accepts": ACCEPTS,
        **_upload_context(reader, collection),
    }


def _upload_context(reader: Reader, collection: Collection | None) -> dict[str, Any]:
    """What the form offers. Where there are several collections, what goes along with each of them is chosen to begin with."""
    places = list_collections_to_add(reader) if reader.can("document.add") else []
    general = next((one for one in places if one.slug == DEFAULT_SLUG), None)
    # Not there yet, it is offered by its name all the same: else the form would not say where the first document goes.
    is_general_new = reader.can("document.add") and general is None and not has_general_collection(reader)
    usual = general if general or is_general_new else next(iter(places), None)
    place = next((one for one in places if collection and one.pk == collection.pk), usual)
    is_simple = len(places) + is_general_new < 2 and (place is None or place.everyone != Level.NONE)
    return {
        "can_add": reader.can("document.add"),
        "places": places,
        "new_place": DEFAULT_COLLECTION if is_general_new and places else "",
        "place": place,
        "upload_access": ACCESS_OFFERED,
        "usual_access": Access.PUBLIC if is_simple else Access.INTERNAL,
    }


@require_POST
@workspace_page("document.add")
def upload(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Take the files of the form. A script gets their rows, a plain form the library again."""
    files = request.FILES.getlist("file")
    if not files:
        raise Invalid("Choose a file first.")
    chosen = request.POST.get("collection", "")
    collection = get_collection_to_add(reader, chosen) if chosen else None
    received: list[Received] = []
    refused: list[tuple[str, QuireError]] = []
    for file in files:
        try:
            received.append(_receive(reader, file, collection, request.POST.get("access") or None))
        except QuireError as error:
            refused.append((file.name or "", error))
    if wants_fragment(request):
        return _upload_fragment(request, reader, received, refused)
    return _upload_page(request, reader, received, refused)


# Any: the type a django File is generic over says nothing here.
def _receive(reader: Reader, file: "UploadedFile[Any]", collection: Collection | None, access: str | None) -> Received:
    limit_uploads(reader, 1, file.size or 0)
    return receive_file(reader, file=file, name=file.name or "", collection=collection, access=access)


Refused = list[tuple[str, QuireError]]


def _upload_fragment(request: HttpRequest, reader: Reader, received: list[Received], refused: Refused) -> HttpResponse:
    """One piece of HTML a file. The status is an error's only if no file was taken."""
    parts = []
    for one in received:
        row = make_row(reader, one.document)
        context = {"row": row, "reader": reader, "workspace": reader.workspace}
        parts.append(render_to_string("documents/_row.html", context, request))
    for name, error in refused:
        context = {"name": name, "title": error.title, "detail": error.detail}
        parts.append(render_to_string("documents/_upload_error.html", context, request))
    if not refused or received:
        return HttpResponse("".join(parts))
    error = refused[0][1]
    return HttpResponse("".join(parts), status=error.status, headers=error_headers(error))


def _upload_page(request: HttpRequest, reader: Reader, received: list[Received], refused: Refused) -> HttpResponse:
    for one in received:
        words = "added; it is being read" if one.is_new else "in the library already"
        messages.success(request, f"{one.document.title}: {words}.")
    if not refused:
        return redirect("documents:library", slug=reader.workspace.slug)
    for name, error in refused[1:]:
        messages.error(request, f"{name}: {error.detail}")
    name, error = refused[0]
    shown = {"name": name, "title": error.title, "detail": error.detail}
    context = {**_library_context(reader), "upload_error": shown}
    response = render(request, "documents/library.html", context, status=error.status)
    for header, value in error_headers(error).items():
        response[header] = value
    return response


@require_GET
@workspace_page("document.view")
def row(request: HttpRequest, reader: Reader, document_id: UUID) -> HttpResponse:
    view = make_row(reader, get_document(reader, document_id))
    context = {"row": view, "reader": reader, "workspace": reader.workspace}
    return render(request, "documents/_row.html", context)


@require_POST
@workspace_page("document.view")
def retry(request: HttpRequest, reader: Reader, document_id: UUID) -> HttpResponse:
    found = retry_document(reader, get_document(reader, document_id))
    messages.success(request, f"{found.title}: being read again.")
    return redirect("documents:library", slug=reader.workspace.slug)


@require_POST
@workspace_page("document.view")
def delete(request: HttpRequest, reader: Reader, document_id: UUID) -> HttpResponse:
    found = get_document(reader, document_id)
    delete_document(reader, found)
    messages.success(request, f"{found.title}: deleted.")
    return redirect("documents:library", slug=reader.workspace.slug)
