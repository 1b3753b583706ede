"""What a page of the library is about: read from its address, and written into the addresses that lead on from it."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from rest_framework.request import Request

from apps.accounts.types import Reader
from apps.common.errors import Malformed
from apps.common.pagination import CursorPages
from apps.documents.kinds import kind_label
from apps.documents.listing import Show, Wanted, clean_words, count_wanted, known_kind, known_show, select_wanted
from apps.documents.rows import make_row
from apps.documents.selectors import get_collection, get_library_summary, select_documents

IDS_MAX = 200


def read_wanted(request: HttpRequest, reader: Reader) -> Wanted:
    """Read the filters. A collection that is not there is a 404; a state or kind that is not known narrows nothing."""
    asked = request.GET
    chosen = asked.get("collection", "")
    return Wanted(
        collection=get_collection(reader, chosen) if chosen else None,
        show=known_show(asked.get("state", "")),
        kind=known_kind(asked.get("kind", "")),
        words=clean_words(asked.get("q", "")),
    )


def library_address(reader: Reader, wanted: Wanted, cursor: str = "") -> str:
    address = reverse("documents:library", args=[reader.workspace.slug])
    query = query_of(wanted, cursor)
    return f"{address}?{query}" if query else address


def query_of(wanted: Wanted, cursor: str = "") -> str:
    """Return the filters as an address holds them, so that whoever does something to a row comes back to the same page."""
    collection = str(wanted.collection.pk) if wanted.collection else ""
    fields = {"collection": collection, "state": wanted.show, "kind": wanted.kind, "q": wanted.words, "cursor": cursor}
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in fields.items() if value})
    return query.urlencode()


def back_address(request: HttpRequest, reader: Reader) -> str:
    """Return the address of the page that a form on it was sent from, by the filters in the form's own address."""
    return library_address(reader, read_wanted(request, reader), request.GET.get("cursor", ""))


def read_ids(written: list[str]) -> list[UUID]:
    """Read ids of documents; raises Malformed for what is none, and for more than a page holds."""
    if len(written) > IDS_MAX:
        raise Malformed(f"At most {IDS_MAX} documents at once.")
    try:
        return list(dict.fromkeys(UUID(one) for one in written))
    except ValueError:
        raise Malformed("That is not the id of a document.") from None


# Any, here and below: a template's context.
def list_context(request: HttpRequest, reader: Reader, wanted: Wanted) -> dict[str, Any]:
    """A page of the list, with the way to the next one and back."""
    pages = CursorPages()
    documents = pages.paginate_queryset(select_wanted(reader, wanted), Request(request), shown=select_documents(reader))
    cursor = request.GET.get("cursor", "")
    rows = [make_row(reader, document) for document in documents]
    return {
        "rows": rows,
        "is_reading": any(row.is_busy for row in rows),
        "is_first": not cursor,
        "query": query_of(wanted, cursor),
        "first_url": library_address(reader, wanted),
        "older_url": library_address(reader, wanted, str(pages.next_place)) if pages.next_place else "",
        "newer_url": library_address(reader, wanted, str(pages.previous_place)) if pages.previous_place else "",
        **counts_context(reader, wanted),
    }


def counts_context(reader: Reader, wanted: Wanted) -> dict[str, Any]:
    counts = count_wanted(reader, wanted)
    states = [("", "All"), *Show.choices]
    return {
        "reader": reader,
        "workspace": reader.workspace,
        "wanted": wanted,
        "collection": wanted.collection,
        "summary": get_library_summary(reader),
        "total": counts.states[wanted.show],
        "states": [(label, counts.states[value], library_address(reader, replace(wanted, show=value)), value == wanted.show) for value, label in states],
        "kinds": sorted((kind_label(kind), kind, count) for kind, count in counts.kinds.items() if count or kind == wanted.kind),
        "all_url": library_address(reader, Wanted(collection=wanted.collection)),
    }
