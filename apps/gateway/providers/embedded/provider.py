"""The embedded embedder for asyncio: the work is done in threads of its own, a text at a time.

Each thread runs whole texts alone. Splitting each operator over the threads instead would have all of them wait, seven times
a layer, for the one whose core somebody else is using; and a machine that reads documents has no idle core.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from apps.gateway.conf import EmbedderConfig
from apps.gateway.providers.base import Billed, Embedded, not_billed
from apps.gateway.providers.embedded import DIMENSION
from apps.gateway.providers.embedded.embedder import Embedder, embedder_threads, load_embedder
from apps.gateway.providers.embedded.store import ensure_model
from apps.gateway.types import Usage

# How long a thread stays with one call, before another that waits gets its turn.
TURN_SECONDS = 0.05
_MARKS = 2
# What is done with a text: given the model, the text's place among the others, and what the model reads of it.
Work = Callable[[Embedder, int, NDArray[np.int32]], None]


class EmbeddedEmbeddingProvider:
    def __init__(self, config: EmbedderConfig) -> None:
        self._config = config

    def load(self) -> Embedder:
        """This process's embedder. Slow the first time, and then only as long as taking a lock."""
        return load_embedder(ensure_model(self._config.models_dir, is_int8=self._config.is_int8))

    async def embed(self, texts: Sequence[str], billed: Billed = not_billed) -> Embedded:
        vectors = np.empty((len(texts), DIMENSION), dtype=np.float32)

        def write(embedder: Embedder, place: int, window: NDArray[np.int32]) -> None:
            vectors[place] = embedder.run(window)

        return Embedded(vectors, await self.each(texts, write))

    async def each(self, texts: Sequence[str], work: Work) -> Usage:
        """Do `work` with each text, in the model's threads; the tokens of what was read, without the marks around each text."""
        if not texts:
            return Usage(0, 0, estimated=False)
        run, threads = asyncio.get_running_loop().run_in_executor, embedder_threads(self._config.threads)
        embedder, windows = await run(threads, self._prepare, texts)
        # The longest first, so that no thread begins one when the others are done. Threads take from it one at a time.
        waiting = iter(sorted(enumerate(windows), key=lambda window: -len(window[1])))

        async def take_turns() -> None:
            while await run(threads, _take_turn, embedder, waiting, work):
                pass

        await asyncio.gather(*[take_turns() for _ in range(min(self._config.threads, len(windows)))])
        return Usage(sum(len(window) - _MARKS for window in windows), 0, estimated=False)

    def _prepare(self, texts: Sequence[str]) -> tuple[Embedder, list[NDArray[np.int32]]]:
        embedder = self.load()
        return embedder, embedder.windows(texts)


def _take_turn(embedder: Embedder, waiting: Iterator[tuple[int, NDArray[np.int32]]], work: Work) -> bool:
    """Work off texts for a moment; whether there may be more."""
    until = time.monotonic() + TURN_SECONDS
    for place, window in waiting:
        work(embedder, place, window)
        if time.monotonic() > until:
            return True
    return False
