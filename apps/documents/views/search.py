"""The search page: a form, and what it finds. Plain links and a plain form do all of it; the script asks for the results alone."""

from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts.access import workspace_page
from apps.accounts.limits import limit_searching
from apps.accounts.types import Reader
from apps.common.errors_page import wants_fragment
from apps.documents.facets import get_facets
from apps.documents.models import Access
from apps.documents.results import make_results
from apps.documents.search import Results, search_marked
from apps.documents.search.question import QUESTION_CHARS_MAX
from apps.documents.services.connection import let_go
from apps.documents.views.sought import AGES, Sought, more_address, read_sought

# Said by the page's script where nobody has pressed Enter: no language model is asked in the middle of a word.
TYPING = "X-Quire-Typing"


@require_GET
@workspace_page("document.view")
def search(request: HttpRequest, reader: Reader) -> HttpResponse:
    sought = read_sought(request.GET, reader)
    context = {"reader": reader, "workspace": reader.workspace, "sought": sought, **_found(reader, sought, is_draft=TYPING in request.headers)}
    if wants_fragment(request):
        return render(request, "documents/_results.html", context)
    return render(request, "documents/search.html", {**context, "facets": get_facets(reader), "question_max": QUESTION_CHARS_MAX, **_CHOICES})


_CHOICES = {"access_levels": Access.choices, "ages": [(age, label) for age, (label, _days) in AGES.items()]}


# Any: a template's context.
def _found(reader: Reader, sought: Sought, *, is_draft: bool) -> dict[str, Any]:
    if not sought.is_asking:
        return {"results": None}
    limit_searching(reader)
    results = _search(reader, sought, is_draft=is_draft)
    return {
        "results": make_results(reader, results),
        "is_without_meaning": results.is_without_meaning,
        "more_url": more_address(reader, sought) if results.has_more else "",
        "question": results.question.text if reader.can("chat.ask") else "",
    }


def _search(reader: Reader, sought: Sought, *, is_draft: bool) -> Results:
    # The question is embedded meanwhile.
    let_go()
    return async_to_sync(search_marked)(reader, sought.text, limit=sought.limit, filters=sought.filters, sort=sought.sort, is_draft=is_draft)
