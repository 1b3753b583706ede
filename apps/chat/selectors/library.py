"""What of the library a page may be told about."""

from collections.abc import Iterable
from uuid import UUID

from apps.accounts.types import Reader
from apps.documents.models import Document


def find_visible(reader: Reader, ids: Iterable[UUID]) -> frozenset[UUID]:
    """Return those of the ids that are documents which the reader sees."""
    return frozenset(Document.objects.visible_to(reader).filter(pk__in=list(ids)).values_list("pk", flat=True))
