"""Late interaction over the embedded model's tokens: for each word of the query, the word of the text that is nearest to it in meaning.

The mean of these cosines is what ColBERT calls MaxSim (Khattab and Zaharia, 2020), here with a model that was not taught for it.
Nothing of it is stored: the texts go through the model at each question.
"""

from collections.abc import Sequence

import numpy as np

from apps.gateway.conf import EmbedderConfig
from apps.gateway.providers.base import Scored
from apps.gateway.providers.embedded.embedder import Embedder
from apps.gateway.providers.embedded.provider import EmbeddedEmbeddingProvider
from apps.gateway.types import Usage


class LateInteractionReranker:
    def __init__(self, config: EmbedderConfig) -> None:
        self._model = EmbeddedEmbeddingProvider(config)

    async def rerank(self, query: str, texts: Sequence[str]) -> Scored:
        tokens = np.empty((0, 0), dtype=np.float32)
        scores = np.zeros(len(texts), dtype=np.float32)

        def read(embedder: Embedder, place: int, window: np.ndarray) -> None:
            nonlocal tokens
            tokens = embedder.run_tokens(window)

        def score(embedder: Embedder, place: int, window: np.ndarray) -> None:
            scores[place] = (embedder.run_tokens(window) @ tokens.T).max(axis=0).mean()

        asked = await self._model.each([query], read)
        found = await self._model.each(texts, score)
        return Scored([float(value) for value in scores.clip(0.0, 1.0)], Usage(asked.input_tokens + found.input_tokens, 0, estimated=False))
