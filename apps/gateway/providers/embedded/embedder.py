"""The loaded model. One a process, made at the first use; safe to call from any thread.

Memory decides the session's options. The table of words, half of the weights, stays in the mapped file: only touched
pages are resident, and processes share them. The rest is repacked for the processor (42 MB a process, 6-9 % faster).
Memory patterns are off, as one would be kept for every shape ever seen, and after each call the arena gives back what it took.
"""

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apps.gateway.providers.embedded import DIMENSION
from apps.gateway.providers.embedded.graph import IDS, MASK, VECTORS
from apps.gateway.providers.embedded.store import GRAPH, TOKENIZER
from apps.gateway.providers.embedded.tokens import Batch, load_tokenizer, make_batches

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ERRORS_ONLY = 3


class Embedder:
    """Turns texts into unit vectors, batch by batch."""

    def __init__(self, folder: Path, *, threads: int) -> None:
        self._tokenizer = load_tokenizer(folder / TOKENIZER)
        self._session = _open_session(folder / GRAPH, threads)
        self._give_back = _run_options()

    def batches(self, texts: Sequence[str]) -> list[Batch]:
        return make_batches(self._tokenizer, texts)

    def run(self, batch: Batch, *, is_last: bool = True) -> "NDArray[np.float32]":
        """The vectors of one batch, in the order of its places. After the last one the arena is given back."""
        options = self._give_back if is_last and _loaded.gives_back else None
        vectors: NDArray[np.float32] = self._session.run([VECTORS], {IDS: batch.ids, MASK: batch.mask}, options)[0]
        return vectors

    def embed(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        import numpy as np

        vectors = np.empty((len(texts), DIMENSION), dtype=np.float32)
        for batch in self.batches(texts):
            vectors[batch.places] = self.run(batch)
        return vectors


def _open_session(path: Path, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = min(threads, len(os.sched_getaffinity(0)))
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    options.enable_mem_pattern = False
    # A waiting thread that spins would take a core from the other processes of the machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _run_options() -> Any:
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


class _Loaded:
    """What this process has loaded, by what it was loaded from, and the thread that works with it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedder")
        self.embedders: dict[tuple[Path, int], Embedder] = {}
        self.used_at = 0.0
        # What a call took goes back to the system at its end, unless idle models go as a whole.
        self.gives_back = True


_loaded = _Loaded()
# Sessions of a parent process. They cannot work here, and to destroy one would wait for ever for threads that are not there.
_inherited: list[_Loaded] = []


def load_embedder(folder: Path, *, threads: int) -> Embedder:
    """This process's embedder of that folder. Callers that come while it loads wait for the one that is being made."""
    key = (folder, threads)
    with _loaded.lock:
        _loaded.used_at = time.monotonic()
        if key not in _loaded.embedders:
            _loaded.embedders[key] = Embedder(folder, threads=threads)
        return _loaded.embedders[key]


def gives_back() -> bool:
    return _loaded.gives_back


def embedder_thread() -> ThreadPoolExecutor:
    return _loaded.thread


def unload_idle(seconds: float, *, clock: Callable[[], float] = time.monotonic) -> bool:
    """Let go of models that nobody used for so long; whether there were any. They load again in a quarter of a second."""

    def unload() -> bool:
        # On the thread that works with them, so that none goes while it works.
        with _loaded.lock:
            if not _loaded.embedders or clock() - _loaded.used_at < seconds:
                return False
            _loaded.embedders.clear()
        give_back_memory()
        return True

    return embedder_thread().submit(unload).result() if _loaded.embedders else False


def keep_unloading(seconds: float, is_over: threading.Event | None = None) -> threading.Thread:
    """Look every second whether the models are idle: in a pool of processes each would hold them for good otherwise."""

    over = is_over or threading.Event()

    def look() -> None:
        while not over.wait(min(1.0, seconds)):
            unload_idle(seconds)

    _loaded.gives_back = False
    thread = threading.Thread(target=look, name="unload-idle-models", daemon=True)
    thread.start()
    return thread


def give_back_memory() -> None:
    """Hand freed memory back to the system: after a long call the C library would keep tens of megabytes for itself."""
    import ctypes

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _forget_after_fork() -> None:
    """A child process has none of the session's threads, and perhaps a lock that nobody will open."""
    global _loaded
    _inherited.append(_loaded)
    _loaded = _Loaded()


os.register_at_fork(after_in_child=_forget_after_fork)
