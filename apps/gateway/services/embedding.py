"""Texts into vectors, for one question as for a whole book."""

from collections.abc import Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from apps.gateway.calls import Kind
from apps.gateway.pipeline import run
from apps.gateway.services.opening import open_call
from apps.gateway.types import Principal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


async def embed(principal: Principal, texts: Sequence[str], *, is_bulk: bool = False) -> "NDArray[np.float32]":
    """One row a text, in their order, each of length 1, by the model of the library. Nothing blocks the event loop. Raises QuireError.

    What is longer than the model's window is cut there without a word, so cut before if all of it matters. `is_bulk`: work of the
    workspace, such as reading a document, which nobody waits for and no limit of a person counts.
    """
    call = await open_call(Kind.BULK_EMBEDDING if is_bulk else Kind.EMBEDDING, principal, texts=texts)
    async with aclosing(run(call)) as flow:
        vectors: NDArray[np.float32] = await anext(flow)
        # To its end, so that everything that comes after the vectors is done.
        async for _ in flow:
            pass
    return vectors
