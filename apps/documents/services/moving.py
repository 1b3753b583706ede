"""Moving a document from one collection to another, which changes who sees it where it is internal."""

from apps.accounts.services.audit import record
from apps.accounts.types import Reader
from apps.common.errors import Conflict
from apps.documents.constants import HANDBOOK_SLUG
from apps.documents.models import Collection, Document
from apps.documents.selectors import get_collection_to_add
from apps.documents.services.sharing import locked_message

STAYS = "Quire's own handbook stays in its collection: each start renews it there."


def move_document(reader: Reader, document: Document, collection: Collection) -> Document:
    """Move a document that is the reader's to manage, and what is attached to it, into a collection that is theirs to add to."""
    with locked_message(reader, document) as (locked, family):
        target = get_collection_to_add(reader, collection.pk)
        before = locked.collection
        if before.slug == HANDBOOK_SLUG:
            raise Conflict(STAYS)
        if before.pk != target.pk:
            locked.collection = target
            Document.objects.filter(pk__in=family).update(collection=target)
            record("document.moved", reader=reader, target=locked, before=str(before.pk), after=str(target.pk), access=locked.access)
    return locked
