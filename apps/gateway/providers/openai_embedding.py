"""Any embedding model behind an OpenAI-compatible address."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.gateway.errors import ProviderRefused, WrongDimension
from apps.gateway.estimating import estimate_texts
from apps.gateway.providers import openai_errors as errors
from apps.gateway.providers.base import Billed, Embedded, not_billed
from apps.gateway.providers.openai_messages import read_input_tokens
from apps.gateway.providers.openai_server import OpenAIServer
from apps.gateway.targets import SETTINGS_PROVIDER, Target
from apps.gateway.types import Usage

WHAT, SETTINGS = "embedding model", "QUIRE_EMBEDDINGS"
BATCH_TEXTS = 64


class OpenAIEmbeddingProvider:
    def __init__(self, target: Target) -> None:
        self._target = target
        self._server = OpenAIServer(target, "/embeddings", errors.whom(target, WHAT, SETTINGS))

    async def embed(self, texts: Sequence[str], billed: Billed = not_billed) -> Embedded:
        rows: list[list[float]] = []
        usage = Usage(0, 0, estimated=False)
        for start in range(0, len(texts), BATCH_TEXTS):
            batch = texts[start : start + BATCH_TEXTS]
            # base64 is not asked for, as not every server speaks it. An empty text is refused by most.
            asked = {"model": self._target.model, "input": [text or " " for text in batch], "encoding_format": "float"}
            answer = await self._server.ask(asked, self._target.silence_seconds)
            # Before its rows are looked at: what cannot be read is billed as well.
            usage = _sum(usage, _usage(answer, batch))
            billed(usage)
            rows += self._rows(answer, len(batch))
        return Embedded(self._unit_vectors(rows), usage)

    # Any: whatever a server sent.
    def _rows(self, answer: Any, count: int) -> list[list[float]]:
        try:
            items = answer["data"]
            rows = [list(map(float, item["embedding"])) for item in sorted(items, key=lambda item: item.get("index", 0))]
            if len(rows) != count:
                raise ValueError("not one vector a text")
        except (LookupError, TypeError, ValueError, AttributeError):
            raise errors.not_understood(self._server.who) from None
        self._check_dimension(rows)
        return rows

    def _unit_vectors(self, rows: list[list[float]]) -> NDArray[np.float32]:
        with np.errstate(over="ignore"):
            vectors = np.array(rows, dtype=np.float32).reshape(len(rows), len(rows[0]) if rows else self._target.dimension or 0)
            # A row of zeros has no direction; it stays as it is and is found by nothing.
            lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        if not np.isfinite(lengths).all():
            # One such number, and the database refuses the vectors of all documents that are written with it.
            raise ProviderRefused(f"The {WHAT} answered with what is no number. An operator checks the model behind {self._server.who.address}.")
        unit_vectors: NDArray[np.float32] = vectors / lengths
        return unit_vectors

    def _check_dimension(self, rows: list[list[float]]) -> None:
        target = self._target
        wanted = target.dimension or len(rows[0])
        name = "QUIRE_EMBEDDINGS_DIMENSION" if target.provider == SETTINGS_PROVIDER else f"the dimension of the model “{target.model}”"
        for found in {len(row) for row in rows} - {wanted}:
            raise WrongDimension(f"The {WHAT} answers with vectors of {found} numbers, but {name} is {wanted}. An operator sets it to {found}.")


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(one.input_tokens + other.input_tokens, 0, one.estimated or other.estimated)


def _usage(answer: Any, texts: Sequence[str]) -> Usage:  # Any: JSON
    read = read_input_tokens(answer.get("usage")) if isinstance(answer, dict) else None
    return Usage(estimate_texts(texts), 0, estimated=True) if read is None else Usage(read, 0, estimated=False)
