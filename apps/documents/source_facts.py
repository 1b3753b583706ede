"""What the source view says about a document and the version of it that is shown."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from apps.accounts.types import Reader
from apps.documents.models import Document, DocumentVersion
from apps.documents.selectors import get_parent, get_version_place, list_attachments
from apps.documents.types import Kind, Unit

# A message with more than this is an archive; the library lists them all.
ATTACHMENTS_SHOWN = 50


def make_facts(reader: Reader, document: Document, version: DocumentVersion | None) -> dict[str, Any]:
    """Return plain values for the template. Any: they are of many kinds."""
    is_old = version is not None and version.pk != document.current_version_id
    attachments = list_attachments(reader, document)
    parent = get_parent(reader, document)
    return {
        "id": document.pk,
        "title": (version.title if is_old and version else "") or document.title,
        "kind": (version.kind if version else "") or document.kind,
        "parts": _parts(version),
        "updated_at": version.created_at if is_old and version else document.updated_at,
        "state": document.state,
        "notes": _notes(document, version, is_old=is_old),
        "standing": _standing(document, version) if is_old and version else "",
        "original_url": _original_url(reader, document, version, is_old=is_old),
        "url": _url(reader, document),
        "access_url": reverse("documents:access", args=_args(reader, document)) if _may_see_access(reader, document) else "",
        "tags": document.tags,
        "parent": None if parent is None else {"title": parent.title, "url": _url(reader, parent)},
        "attachments": [{"title": one.title, "kind": one.kind, "url": _url(reader, one)} for one in attachments[:ATTACHMENTS_SHOWN]],
        "attachments_more": max(0, len(attachments) - ATTACHMENTS_SHOWN),
    }


def _parts(version: DocumentVersion | None) -> str:
    """Say how many pages, slides, sheets or chapters there are, where it is known."""
    if version is None or not version.page_count or version.kind == Kind.CSV:
        return ""
    word = version.unit or Unit.PAGE
    return f"{version.page_count:,} {word}{'' if version.page_count == 1 else 's'}"


def _notes(document: Document, version: DocumentVersion | None, *, is_old: bool) -> list[str]:
    """What readers should know of this version, and why a newer one could not be read; an old one's readers do not care."""
    told = [version.note if version else document.note]
    if not is_old:
        told.insert(0, document.error_detail)
    return [note for note in dict.fromkeys(told) if note]


def _standing(document: Document, version: DocumentVersion) -> str:
    place, total = get_version_place(document, version)
    return f"This is version {place} of {total}, superseded."


def _original_url(reader: Reader, document: Document, version: DocumentVersion | None, *, is_old: bool) -> str:
    address = reverse("documents:original", args=_args(reader, document))
    if not is_old or version is None:
        return address
    return f"{address}?{urlencode({'version': version.pk})}" if version.original else ""


def _may_see_access(reader: Reader, document: Document) -> bool:
    return reader.can("people.view") or reader.can("document.manage", document)


def _url(reader: Reader, document: Document) -> str:
    return reverse("documents:document", args=_args(reader, document))


def _args(reader: Reader, document: Document) -> list[object]:
    return [reader.workspace.slug, document.pk]
