"""The library's list: a page of it, and those of its rows that changed."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts.access import workspace_page
from apps.accounts.types import Reader
from apps.common.errors import NotFound
from apps.documents.audience import ACCESS_OFFERED
from apps.documents.constants import DEFAULT_COLLECTION, DEFAULT_SLUG, TAGS_MAX
from apps.documents.listing import select_rows
from apps.documents.models import Access, Collection, Level
from apps.documents.rows import make_row
from apps.documents.selectors import has_general_collection, list_collections, list_collections_to_add
from apps.documents.types import ACCEPTS
from apps.documents.views.listed import counts_context, list_context, query_of, read_ids, read_wanted


@require_GET
@workspace_page("document.view")
def library(request: HttpRequest, reader: Reader) -> HttpResponse:
    return render(request, "documents/library.html", library_context(request, reader))


@require_GET
@workspace_page("document.view")
def rows(request: HttpRequest, reader: Reader) -> HttpResponse:
    """The rows of `ids`, those that the reader sees, and how many documents there are now: one answer for many rings of the bell.

    A 404 where the reader sees none of those that were asked for.
    """
    wanted = read_wanted(request, reader)
    ids = read_ids([one for one in request.GET.get("ids", "").split(",") if one])
    documents = list(select_rows(reader, ids)) if ids else []
    if ids and not documents:
        raise NotFound
    context = {
        **counts_context(reader, wanted),
        "rows": [make_row(reader, document) for document in documents],
        "query": query_of(wanted, request.GET.get("cursor", "")),
    }
    return render(request, "documents/_rows.html", context)


# Any: a template's context.
def library_context(request: HttpRequest, reader: Reader) -> dict[str, Any]:
    wanted = read_wanted(request, reader)
    return {
        **list_context(request, reader, wanted),
        "collections": list_collections(reader),
        "upload_max_bytes": settings.QUIRE_UPLOAD_MAX_BYTES,
        "upload_max_files": settings.DATA_UPLOAD_MAX_NUMBER_FILES,
        "accepts": ACCEPTS,
        **_upload_context(reader, wanted.collection),
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
        "tags_max": TAGS_MAX,
        "usual_access": Access.PUBLIC if is_simple else Access.INTERNAL,
    }
