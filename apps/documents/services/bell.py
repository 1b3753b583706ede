"""Tell open library pages that a document changed; they read the rest themselves."""

from uuid import UUID

from apps.common.push import ring


def ring_library(workspace_id: UUID, document_id: UUID) -> None:
    ring(f"library.{workspace_id}", {"document": str(document_id)})
