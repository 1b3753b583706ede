"""The embedded embedder for asyncio: the work is done in a thread of its own, batch by batch.

One thread, because the runtime already uses every core it may; between two batches of a long call a short one gets its turn.
"""

import asyncio
from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from apps.gateway.conf import EmbedderConfig
from apps.gateway.providers.embedded import DIMENSION
from apps.gateway.providers.embedded.embedder import Embedder, embedder_thread, give_back_memory, gives_back, load_embedder
from apps.gateway.providers.embedded.store import ensure_model
from apps.gateway.providers.embedded.tokens import Batch

# In batches. Shorter calls leave little behind.
LONG_CALL = 4


class EmbeddedEmbeddingProvider:
    def __init__(self, config: EmbedderConfig) -> None:
        self._config = config

    def load(self) -> Embedder:
        """This process's embedder. Slow the first time, and then only as long as taking a lock."""
        folder = ensure_model(self._config.models_dir, is_int8=self._config.is_int8)
        return load_embedder(folder, threads=self._config.threads)

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        run, thread = asyncio.get_running_loop().run_in_executor, embedder_thread()
        vectors = np.empty((len(texts), DIMENSION), dtype=np.float32)
        if texts:
            embedder, batches = await run(thread, self._prepare, texts)
            for batch in batches:
                vectors[batch.places] = await run(thread, partial(embedder.run, batch, is_last=batch is batches[-1]))
            if len(batches) >= LONG_CALL and gives_back():
                await run(thread, give_back_memory)
        return vectors

    def _prepare(self, texts: Sequence[str]) -> tuple[Embedder, list[Batch]]:
        embedder = self.load()
        return embedder, embedder.batches(texts)
