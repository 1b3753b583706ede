"""Tell open library pages that a document changed; they read the rest themselves."""

from uuid import UUID

from apps.accounts.cache import move_stamp
from apps.common.push import ring
from apps.documents.models import Collection, Document


def ring_library(workspace_id: UUID, document_id: UUID) -> None:
    topic = f"library.{workspace_id}"
    # Before the bell: whoever it wakes must not be given what was kept from before.
    move_stamp(topic)
    ring(topic, {"document": str(document_id)})


def ring_collection(collection: Collection) -> None:
    """Ring for one document of a collection: a page that lacks its row asks for the whole list."""
    newest = Document.objects.filter(collection=collection).values_list("id", flat=True).first()
    if newest is not None:
        ring_library(collection.workspace_id, newest)
