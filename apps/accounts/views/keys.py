"""API keys: the list, making one, and rotating or revoking one in two steps that need no script."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import workspace_page
from apps.accounts.forms import KeyForm, RotateForm
from apps.accounts.key_rows import make_key_row
from apps.accounts.models import ApiKey
from apps.accounts.selectors.keys import get_key, list_keys_of_others, list_own_keys
from apps.accounts.services import idempotency
from apps.accounts.services.keys import make_key, revoke_key, rotate_key
from apps.accounts.settings_pages import sees_keys
from apps.accounts.types import Reader
from apps.accounts.views.settings import frame
from apps.common.errors import Conflict, Invalid


@require_GET
@workspace_page("document.view")
def key_list(request: HttpRequest, reader: Reader) -> HttpResponse:
    """One's own keys, and everybody's for who manages them: either right opens the page, and so does a key that one has."""
    if not sees_keys(reader):
        reader.require("key.create")
    return _show_list(request, reader, KeyForm(reader))


@require_POST
@workspace_page("key.create")
def key_make(request: HttpRequest, reader: Reader) -> HttpResponse:
    form = KeyForm(reader, request.POST)
    if not form.is_valid():
        return _show_list(request, reader, form, status=Invalid.status)
    try:
        made = _make_once(reader, form.cleaned_data)
    except (Invalid, Conflict) as error:
        form.add_error(None, error.detail)
        return _show_list(request, reader, form, status=error.status)
    if made is None:
        messages.warning(request, "That key was made already, and a key is shown only once. If you did not keep it, revoke it and make another.")
        return redirect("accounts:keys", slug=reader.workspace.slug)
    return _show_new(request, reader, *made)


@require_http_methods(["GET", "POST"])
@workspace_page("key.create")
def key_rotate(request: HttpRequest, reader: Reader, key_id: UUID) -> HttpResponse:
    key = get_key(reader, key_id)
    reader.require("key.create", key)
    form = RotateForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _show_new(request, reader, *rotate_key(reader, key, grace_hours=form.cleaned_data["grace_hours"]))
    context = {**frame(reader, "accounts:keys"), "row": make_key_row(reader, key), "form": form}
    return render(request, "accounts/key_rotate.html", context, status=Invalid.status if form.errors else 200)


@require_http_methods(["GET", "POST"])
@workspace_page("document.view")
def key_revoke(request: HttpRequest, reader: Reader, key_id: UUID) -> HttpResponse:
    """Who may is the service's to say: the owner, or who manages keys."""
    key = get_key(reader, key_id)
    reader.require("key.manage", key)
    if request.method == "POST":
        revoke_key(reader, key)
        messages.success(request, f"{key.name}: revoked. Nothing can use it any more.")
        return redirect("accounts:keys", slug=reader.workspace.slug)
    return render(request, "accounts/key_revoke.html", {**frame(reader, "accounts:keys"), "row": make_key_row(reader, key)})


# Any: a form's cleaned values.
def _make_once(reader: Reader, wanted: dict[str, Any]) -> tuple[ApiKey, str] | None:
    """None where this very form was sent before: its key was shown then, and is shown to nobody again."""
    begun = idempotency.begin(reader, key=f"page:{wanted['once']}", route="settings/keys/make", fingerprint="")
    if isinstance(begun, idempotency.Finished):
        return None
    try:
        with transaction.atomic():
            key, text = make_key(reader, name=wanted["name"], scopes=wanted["scopes"], days=wanted["days"])
            idempotency.complete(begun, status=200, reference=str(key.pk))
    except BaseException:
        idempotency.release(begun)
        raise
    return key, text


def _show_list(request: HttpRequest, reader: Reader, form: KeyForm, *, status: int = 200) -> HttpResponse:
    context = {
        **frame(reader, "accounts:keys"),
        "rows": [make_key_row(reader, key) for key in list_own_keys(reader)],
        "rows_of_others": [make_key_row(reader, key) for key in list_keys_of_others(reader)],
        "form": form,
        "can_make": reader.can("key.create"),
        "public_url": settings.QUIRE_PUBLIC_URL,
    }
    return render(request, "accounts/keys.html", context, status=status)


def _show_new(request: HttpRequest, reader: Reader, key: ApiKey, text: str) -> HttpResponse:
    """The only time that a key is shown."""
    context = {**frame(reader, "accounts:keys"), "row": make_key_row(reader, key), "text": text, "old": key.replaces, "public_url": settings.QUIRE_PUBLIC_URL}
    response = render(request, "accounts/key_made.html", context)
    response["Cache-Control"] = "no-store"
    return response
