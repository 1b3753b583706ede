"""What of the library somebody may be told of now, by ids that they got hold of before."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from apps.accounts.types import Reader
from apps.chat.errors import CollectionClosed
from apps.common.errors import NotFound
from apps.documents.models import Document, Passage
from apps.documents.selectors import get_readable_collection

CLOSED = "The collection that was to be searched is gone, or no longer open to you. Ask in another one, or in the whole library."


def find_visible(reader: Reader, ids: Iterable[UUID]) -> frozenset[UUID]:
    """Return those of the ids that are documents which the reader sees."""
    return frozenset(Document.objects.visible_to(reader).filter(pk__in=list(ids)).values_list("pk", flat=True))


def require_collection(reader: Reader, collection_id: UUID | None) -> None:
    """Raise CollectionClosed unless the reader reads this collection; None is the whole library."""
    if collection_id is None:
        return
    try:
        get_readable_collection(reader, collection_id)
    except NotFound:
        raise CollectionClosed(CLOSED) from None


def has_hidden(reader: Reader, passage_ids: Collection[int]) -> bool:
    """Whether one of these passages is there, but not for this reader. Those of a deleted document are not there."""
    visible = Passage.objects.visible_to(reader).filter(pk__in=passage_ids).values("pk")
    return bool(passage_ids) and Passage.objects.filter(pk__in=passage_ids).exclude(pk__in=visible).exists()


def has_hidden_documents(reader: Reader, ids: Collection[str]) -> bool:
    """The same of documents."""
    visible = Document.objects.visible_to(reader).filter(pk__in=ids).values("pk")
    return bool(ids) and Document.objects.filter(pk__in=ids).exclude(pk__in=visible).exists()


def read_passages(reader: Reader, ids: Collection[int]) -> Sequence[Passage]:
    """Those of the passages that the reader sees now, with version and document."""
    return list(Passage.objects.visible_to(reader).filter(pk__in=ids).select_related("version__document"))
