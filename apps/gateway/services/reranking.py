"""How well each text fits a query, by a model that reads both together."""

from collections.abc import Sequence

from apps.gateway.calls import Kind
from apps.gateway.errors import ModelNotFound
from apps.gateway.pipeline import run_whole
from apps.gateway.services.opening import open_call
from apps.gateway.types import Principal


async def rerank(principal: Principal, query: str, texts: Sequence[str]) -> list[float] | None:
    """One score a text, in their order, from 0 to 1; higher fits better. None where nothing reranks. Raises QuireError.

    Who asks has a ranking already, so a failure is told at once and nothing is tried again; and it takes no longer than the model's `seconds`.
    """
    try:
        call = await open_call(Kind.RERANK, principal, query=query, texts=texts)
    except ModelNotFound:
        return None
    if not texts:
        return []
    scores: list[float] = await run_whole(call)
    return scores
