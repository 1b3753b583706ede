"""Addresses inside the library."""

from urllib.parse import urlencode

from django.urls import reverse


def source_url(slug: str, document_id: object, passage_id: int, span: tuple[int, int] | None = None) -> str:
    """Return the address of the source view at a passage; with a span, its words are marked."""
    place: dict[str, object] = {"passage": passage_id}
    if span is not None:
        place |= {"from": span[0], "to": span[1]}
    address = reverse("documents:document", kwargs={"slug": slug, "document_id": document_id})
    return f"{address}?{urlencode(place)}#p{passage_id}"
