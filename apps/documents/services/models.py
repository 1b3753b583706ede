"""The gateway's models as the pipeline wants them."""

from collections.abc import Callable, Sequence
from uuid import UUID

from asgiref.sync import async_to_sync

from apps.documents.ingest.pipeline import Models, Vectors
from apps.gateway.selectors import get_embedding_model
from apps.gateway.services import count_tokens, embed
from apps.gateway.types import Principal

# The model's window counts the marks it puts around a text; `count_tokens` does not.
_MARKS = 2


def gateway_models(workspace_id: UUID) -> Models:
    """Bulk embedding is on the workspace's account: no person asks for it."""
    model = get_embedding_model()
    principal = Principal(user_id=None, workspace_id=str(workspace_id), purpose="ingest")
    return Models(
        embed=_embedding(principal),
        count_tokens=count_tokens,
        name=model.name,
        window=model.window - _MARKS,
    )


def _embedding(principal: Principal) -> Callable[[Sequence[str]], Vectors]:
    def embed_texts(texts: Sequence[str]) -> Vectors:
        return async_to_sync(embed)(principal, texts)

    return embed_texts
