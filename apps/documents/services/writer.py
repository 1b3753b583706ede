"""Writes one round of the embedder while it works on the next."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from apps.documents.services.connection import let_go


class Writer:
    """Writes rounds, one at a time: at once, or in a thread of its own."""

    def __init__(self, overlaps: bool) -> None:
        self._thread = ThreadPoolExecutor(1, "embedder-writes") if overlaps else None
        self._pending: Future[None] | None = None

    def write(self, write: Callable[[], None]) -> None:
        """Raises what writing the one before raised; this one is written all the same."""
        try:
            self.finish()
        finally:
            if self._thread is None:
                _let_go_after(write)
            else:
                self._pending = self._thread.submit(_let_go_after, write)

    def finish(self) -> bool:
        """Wait for what is being written, whether there was anything. Raises what writing raised."""
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()
        return pending is not None

    def end(self) -> None:
        try:
            self.finish()
        finally:
            if self._thread is not None:
                self._thread.shutdown()


def _let_go_after(write: Callable[[], None]) -> None:
    try:
        write()
    finally:
        let_go()
