"""Saying by which tags a document is found: the form on its page."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from apps.accounts.access import workspace_page
from apps.accounts.types import Reader
from apps.common.errors import Invalid
from apps.documents.selectors import get_document
from apps.documents.services import set_tags
from apps.documents.tags import split_tags
from apps.documents.views.source import show_document


@require_POST
@workspace_page("document.view")
def tags_change(request: HttpRequest, reader: Reader, document_id: UUID) -> HttpResponse:
    found, typed = get_document(reader, document_id), request.POST.get("tags", "")
    try:
        set_tags(reader, found, split_tags(typed))
    except Invalid as error:
        return show_document(request, reader, found, error=error, typed=typed)
    messages.success(request, f"{found.title}: its tags are changed.")
    return redirect("documents:document", slug=reader.workspace.slug, document_id=found.pk)
