"""The library's pages: the list, adding to it, and a document as leaves to read."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.handlers.asgi import ASGIRequest
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import workspace_page
from apps.accounts.types import Reader
from apps.common.errors import Invalid, NotFound, QuireError
from apps.common.errors_page import wants_fragment
from apps.documents.leaves import Place, make_source
from apps.documents.rows import make_row
from apps.documents.selectors import get_document, get_library_summary, list_documents
from apps.documents.services import Received, delete_document, receive_file, retry_document
from apps.documents.types import ACCEPTS

_PIECE = 256 * 1024


@require_GET
@workspace_page("document.view")
def library(request: HttpRequest, reader: Reader) -> HttpResponse:
    return render(request, "documents/library.html", _library_context(reader))


# Any: a template's context.
def _library_context(reader: Reader) -> dict[str, Any]:
    return {
        "reader": reader,
        "workspace": reader.workspace,
        "rows": [make_row(reader, document) for document in list_documents(reader)],
        "summary": get_library_summary(reader),
        "upload_max_bytes": settings.QUIRE_UPLOAD_MAX_BYTES,
        "accepts": ACCEPTS,
        "can_add": reader.can("document.add"),
    }


@require_POST
@workspace_page("document.add")
def upload(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Take the files of the form. A script gets their rows, a plain form the library again."""
    files = request.FILES.getlist("file")
    if not files:
        raise Invalid("Choose a file first.")
    received: list[Received] = []
    refused: list[tuple[str, QuireError]] = []
    for file in files:
        try:
            received.append(_receive(reader, file))
        except QuireError as error:
            refused.append((file.name or "", error))
    if wants_fragment(request):
        return _upload_fragment(request, reader, received, refused)
    return _upload_page(request, reader, received, refused)


# Any: the type a django File is generic over says nothing here.
def _receive(reader: Reader, file: "UploadedFile[Any]") -> Received:
    return receive_file(reader, file=file, name=file.name or "")


Refused = list[tuple[str, QuireError]]


def _upload_fragment(request: HttpRequest, reader: Reader, received: list[Received], refused: Refused) -> HttpResponse:
    """One piece of HTML a file. The status is an error's only if no file was taken."""
    parts = []
    for one in received:
        row = make_row(reader, get_document(reader, one.document.id))
        context = {"row": row, "reader": reader, "workspace": reader.workspace}
        parts.append(render_to_string("documents/_row.html", context, request))
    for name, error in refused:
        context = {"name": name, "title": error.title, "detail": error.detail}
        parts.append(render_to_string("documents/_upload_error.html", context, request))
    status = refused[0][1].status if refused and not received else 200
    return HttpResponse("".join(parts), status=status)


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
    return render(request, "documents/library.html", context, status=error.status)


@require_GET
@workspace_page("document.view")
def row(request: HttpRequest, reader: Reader, document_id: UUID) -> HttpResponse:
    view = make_row(reader, get_document(reader, document_id))
    context = {"row": view, "reader": reader, "workspace": reader.workspace}
    return render(request, "documents/_row.html", context)


@require_GET
@workspace_page("document.view")
def document(request: HttpRequest, reader: Reader, document_id: UUID) -> HttpResponse:
    """Show the leaves around a place; `passage`, `from` and `to` mark the cited words."""
    source = make_source(reader, get_document(reader, document_id), Place.from_query(request.GET.dict()))
    context = {
        "reader": reader,
        "workspace": reader.workspace,
        "document": source.document,
        "leaves": source.leaves,
        "cited": source.cited,
        "pager": source.pager,
    }
    name = "_source" if wants_fragment(request) else "document"
    return render(request, f"documents/{name}.html", context)


@require_GET
@workspace_page("document.view")
def original(request: HttpRequest, reader: Reader, document_id: UUID) -> FileResponse:
    """Hand the file over to be saved. It is somebody's file: nothing in it may run on our origin."""
    found = get_document(reader, document_id)
    try:
        file = found.original.open("rb")
    except FileNotFoundError:
        raise NotFound("The stored file is missing.") from None
    response = FileResponse(file, as_attachment=True, filename=found.source_name)
    if isinstance(request, ASGIRequest):
        # A plain iterator would be read into memory as a whole before its first byte is sent.
        response.streaming_content = _pieces(file)
    response.headers["Content-Type"] = "application/octet-stream"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response


# Any: a django File's own type says nothing here.
async def _pieces(file: Any) -> AsyncIterator[bytes]:
    while piece := await sync_to_async(file.read)(_PIECE):
        yield piece


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
