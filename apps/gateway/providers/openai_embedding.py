"""Any embedding model behind an OpenAI-compatible address."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import openai
from numpy.typing import NDArray

from apps.gateway.conf import EmbeddingConfig
from apps.gateway.errors import ProviderRefused, WrongDimension
from apps.gateway.providers.openai_client import Timeouts, openai_client, ssl_context
from apps.gateway.providers.openai_errors import translate

if TYPE_CHECKING:
    from openai import AsyncOpenAI

WHAT, SETTINGS = "embedding model", "QUIRE_EMBEDDINGS"
BATCH_TEXTS = 64


class OpenAIEmbeddingProvider:
    def __init__(self, config: EmbeddingConfig, timeouts: Timeouts | None = None) -> None:
        self._config = config
        self._timeouts = timeouts or Timeouts()
        ssl_context()

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        client = openai_client(self._config.base_url, self._config.api_key, self._timeouts)
        rows: list[list[float]] = []
        for start in range(0, len(texts), BATCH_TEXTS):
            rows += await self._request(client, texts[start : start + BATCH_TEXTS])
        with np.errstate(over="ignore"):
            vectors = np.array(rows, dtype=np.float32).reshape(len(texts), self._config.dimension)
            # A row of zeros has no direction; it stays as it is and is found by nothing.
            lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        if not np.isfinite(lengths).all():
            # One such number, and the database refuses the vectors of all documents that are written with it.
            raise ProviderRefused(f"The {WHAT} answered with what is no number. An operator checks the model behind {SETTINGS}_BASE_URL.")
        unit_vectors: NDArray[np.float32] = vectors / lengths
        return unit_vectors

    async def _request(self, client: "AsyncOpenAI", texts: Sequence[str]) -> list[list[float]]:
        try:
            async with asyncio.timeout(self._timeouts.embedding):
                # Said out loud, as the client would ask for base64, which not every server speaks. An empty text is refused by most.
                answer = await client.embeddings.create(model=self._config.model, input=[text or " " for text in texts], encoding_format="float")
            rows = [list(map(float, item.embedding)) for item in sorted(answer.data, key=lambda item: item.index)]
            if len(rows) != len(texts):
                raise ValueError("not one vector a text")
        except (openai.OpenAIError, TimeoutError, ValueError, TypeError, AttributeError) as error:
            raise translate(error, what=WHAT, settings=SETTINGS) from error
        self._check_dimension(rows)
        return rows

    def _check_dimension(self, rows: list[list[float]]) -> None:
        for found in {len(row) for row in rows} - {self._config.dimension}:
            said = f"The embedding model answers with vectors of {found} numbers, but QUIRE_EMBEDDINGS_DIMENSION is {self._config.dimension}."
            raise WrongDimension(f"{said} An operator sets it to {found}.")
