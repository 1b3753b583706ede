"""Texts into vectors, for one question as for a whole book."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from apps.gateway.calls import Kind
from apps.gateway.pipeline import run_whole
from apps.gateway.services.opening import open_call
from apps.gateway.targets import EMBEDDING, own_route
from apps.gateway.types import Principal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


async def embed(principal: Principal, texts: Sequence[str], *, is_bulk: bool = False) -> "NDArray[np.float32]":
    """One row a text, in their order, each of length 1. Nothing blocks the event loop. Raises QuireError.

    Always by the model of the settings, whose name stands beside each vector of the library: those of another model, whichever route an
    operator makes, would be compared with them and mean nothing. What is longer than its window is cut there without a word, so cut
    before if all of it matters. `is_bulk`: work of the workspace, such as reading a document, which no limit of a person counts.
    """
    call = await open_call(Kind.BULK_EMBEDDING if is_bulk else Kind.EMBEDDING, principal, route=own_route(EMBEDDING), texts=texts)
    vectors: NDArray[np.float32] = await run_whole(call)
    return vectors
