"""A document as leaves to read, and the file that it was made of."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from functools import partial
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import Error as DatabaseTrouble
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts.access import workspace_page
from apps.accounts.selectors.sessions import renew_in_session
from apps.accounts.types import Reader
from apps.common.db import run_db
from apps.common.errors import NotFound, QuireError
from apps.common.errors_page import wants_fragment
from apps.common.transfers import while_open
from apps.documents.constants import TAG_MAX_CHARS, TAGS_MAX
from apps.documents.leaves import Place, make_source
from apps.documents.models import Document
from apps.documents.selectors import get_document, get_original

logger = logging.getLogger(__name__)

_PIECE = 256 * 1024
LOOK_SECONDS = 0.25


@require_GET
@workspace_page("document.view")
def document(request: HttpRequest, reader: Reader, document_id: UUID) -> HttpResponse:
    """Show the leaves around a place; `passage`, `from` and `to` mark the cited words."""
    return show_document(request, reader, get_document(reader, document_id))


def show_document(request: HttpRequest, reader: Reader, found: Document, *, error: QuireError | None = None, typed: str = "") -> HttpResponse:
    """The page; with an error, beside the tags that were typed. A fragment has no form: it stands beside something else."""
    source = make_source(reader, found, Place.from_query(request.GET.dict()))
    is_fragment = wants_fragment(request)
    context = {
        "reader": reader,
        "workspace": reader.workspace,
        "document": source.document,
        "leaves": source.leaves,
        "cited": source.cited,
        "pager": source.pager,
        "can_tag": not is_fragment and reader.can("document.manage", found),
        "typed_tags": typed or ", ".join(found.tags),
        "tags_error": error,
        "tags_max": TAGS_MAX,
        "tag_max_chars": TAG_MAX_CHARS,
    }
    name = "_source" if is_fragment else "document"
    return render(request, f"documents/{name}.html", context, status=error.status if error else 200)


@require_GET
@workspace_page("document.view")
def original(request: HttpRequest, reader: Reader, document_id: UUID) -> FileResponse:
    """Hand the file over to be saved, as long as it stays open to the reader. Nothing in it may run on our origin: it is somebody's file."""
    stored, name = get_original(get_document(reader, document_id), request.GET.get("version") or None)
    try:
        file = stored.open("rb")
    except FileNotFoundError:
        raise NotFound("The stored file is missing.") from None
    response = FileResponse(file, as_attachment=True, filename=name)
    # Of a file that cannot be wound Django finds no length; without one a browser shows no progress, and takes a part for the whole.
    response.headers.setdefault("Content-Length", str(file.file.size))
    if isinstance(request, ASGIRequest):
        # A plain iterator would be read into memory as a whole before its first byte is sent.
        look_after = partial(_look_after, reader, str(request.session.session_key), document_id)
        response.streaming_content = while_open(_pieces(file), look_after)
    response.headers["Content-Type"] = "application/octet-stream"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response


# Any: a django File's own type says nothing here.
async def _pieces(file: Any) -> AsyncGenerator[bytes, None]:
    try:
        while piece := await sync_to_async(file.read)(_PIECE):
            yield piece
    finally:
        file.close()


async def _look_after(reader: Reader, session_key: str, document_id: UUID) -> None:
    """Return as soon as the session or the reader's right to the document is over, or cannot be told."""
    try:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            reader = await run_db(_confirm, reader, session_key, document_id)
    except (QuireError, DatabaseTrouble) as reason:
        logger.info("original.cut", extra={"document_id": str(document_id), "reason": type(reason).__name__})


def _confirm(reader: Reader, session_key: str, document_id: UUID) -> Reader:
    now = renew_in_session(reader, session_key)
    get_document(now, document_id)
    return now
