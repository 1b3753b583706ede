"""Adding to the library: a plain form gets the library again, a script one line of JSON for each file."""

from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.accounts.access import workspace_page
from apps.accounts.limits import limit_uploads
from apps.accounts.types import Reader
from apps.common.errors import Invalid, QuireError
from apps.common.errors_page import wants_json
from apps.common.problems import error_headers
from apps.documents.models import Collection
from apps.documents.selectors import get_collection_to_add
from apps.documents.services import Received, receive_file
from apps.documents.tags import split_tags
from apps.documents.views.library import library_context
from apps.documents.views.listed import back_address

# Each file that was not taken, by the name that it came with.
Refused = list[tuple[str, QuireError]]


@require_POST
@workspace_page("document.add")
def upload(request: HttpRequest, reader: Reader) -> HttpResponse:
    files = request.FILES.getlist("file")
    if not files:
        raise Invalid("Choose a file first.")
    chosen = request.POST.get("collection", "")
    collection = get_collection_to_add(reader, chosen) if chosen else None
    # One path is where one file lay: of several, each would be the next version of the one before.
    path = request.POST.get("path", "") if len(files) == 1 else ""
    received: list[Received] = []
    refused: Refused = []
    for file in files:
        try:
            received.append(_receive(request, reader, file, collection, path))
        except QuireError as error:
            refused.append((file.name or "", error))
    if wants_json(request):
        return _tell_script(reader, received, refused)
    return _show_page(request, reader, received, refused)


# Any: the type a django File is generic over says nothing here.
def _receive(request: HttpRequest, reader: Reader, file: "UploadedFile[Any]", collection: Collection | None, path: str) -> Received:
    limit_uploads(reader, 1, file.size or 0)
    access = request.POST.get("access") or None
    return receive_file(reader, file=file, name=file.name or "", collection=collection, access=access, path=path, tags=split_tags(request.POST.get("tags", "")))


def _tell_script(reader: Reader, received: list[Received], refused: Refused) -> JsonResponse:
    """`{"results": [{"outcome", "title", "url", "age_seconds"} or {"outcome": "refused", "name", "code", "title", "detail"}]}`.

    The status is an error's only if no file was taken. By `age_seconds` a script that asks again after a lost answer tells
    whether the document that is there already is its own.
    """
    now = timezone.now()
    results: list[dict[str, Any]] = []
    for one in received:
        document = one.document
        url = reverse("documents:document", args=[reader.workspace.slug, document.pk])
        age = max(0, int((now - document.created_at).total_seconds()))
        results.append({"outcome": _outcome(one), "document": str(document.pk), "title": document.title, "url": url, "age_seconds": age})
    for name, error in refused:
        code = error.extra.get("reason", error.code)
        results.append({"outcome": "refused", "name": name, "code": code, "title": error.title, "detail": error.detail})
    if not refused or received:
        return JsonResponse({"results": results})
    error = refused[0][1]
    return JsonResponse({"results": results}, status=error.status, headers=error_headers(error))


def _outcome(received: Received) -> str:
    if received.is_version:
        return "version"
    return "taken" if received.is_new else "same"


_OUTCOMES = {
    "taken": "added; it is being read",
    "version": "a new version is being read; the present one answers until then",
    "same": "in the library already",
}


def _show_page(request: HttpRequest, reader: Reader, received: list[Received], refused: Refused) -> HttpResponse:
    for one in received:
        messages.success(request, f"{one.document.title}: {_OUTCOMES[_outcome(one)]}.")
    if not refused:
        return redirect(back_address(request, reader))
    for name, error in refused[1:]:
        messages.error(request, f"{name}: {error.detail}")
    name, error = refused[0]
    shown = {"name": name, "title": error.title, "detail": error.detail}
    context = {**library_context(request, reader), "upload_error": shown, "typed_tags": request.POST.get("tags", "")}
    response = render(request, "documents/library.html", context, status=error.status)
    for header, value in error_headers(error).items():
        response[header] = value
    return response
