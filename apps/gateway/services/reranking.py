"""How well each text fits a query. Until a reranking model is connected, by the embedding model."""

from collections.abc import Sequence

from apps.gateway.services.embedding import embed
from apps.gateway.types import Principal


async def rerank(principal: Principal, query: str, texts: Sequence[str]) -> list[float]:
    """One score a text, in their order, from -1 to 1; higher fits better. Raises ProviderError."""
    if not texts:
        return []
    vectors = await embed(principal, [query, *texts])
    return [float(score) for score in vectors[1:] @ vectors[0]]
