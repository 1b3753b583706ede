"""The gateway's models as the pipeline wants them."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from apps.documents.ingest.pipeline import Models, Vectors
from apps.gateway.selectors import get_embedding_model
from apps.gateway.services import count_tokens, embed
from apps.gateway.types import Principal

# The model's window counts the marks it puts around a text; `count_tokens` does not.
_MARKS = 2


@contextmanager
def gateway_models(workspace_id: UUID) -> Iterator[Models]:
    """Lend the models for one job: one event loop for all its batches, so connections are kept.

    Bulk embedding is on the workspace's account: no person asks for it.
    """
    model = get_embedding_model()
    principal = Principal(user_id=None, workspace_id=str(workspace_id), purpose="ingest")
    with asyncio.Runner() as runner:

        def embed_texts(texts: Sequence[str]) -> Vectors:
            return runner.run(embed(principal, texts, is_bulk=True))

        yield Models(embed_texts, count_tokens, model.name, window=model.window - _MARKS)
