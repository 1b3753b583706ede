"""A document as leaves to read, and the file that it was made of."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts.access import workspace_page
from apps.accounts.types import Reader
from apps.common.errors import NotFound
from apps.common.errors_page import wants_fragment
from apps.documents.leaves import Place, make_source
from apps.documents.selectors import get_document

_PIECE = 256 * 1024


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
