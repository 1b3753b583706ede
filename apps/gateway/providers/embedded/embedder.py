"""The loaded model. One a process, made at the first use; safe to call from any thread, each of which works alone.

Memory decides the session's options. The table of words, half of the weights, stays in the mapped file: only touched
pages are resident, and processes share them. The rest is repacked for the processor (6-9 % faster). Memory patterns are
off, as one would be kept for every shape ever seen; what is kept between calls is a few megabytes, as texts are short.
"""

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apps.gateway.providers.embedded.graph import IDS, MASK, TOKENS, VECTORS, with_tokens
from apps.gateway.providers.embedded.store import GRAPH, TOKENIZER
from apps.gateway.providers.embedded.tokens import encode_windows, load_tokenizer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ERRORS_ONLY = 3


class Embedder:
    """Turns texts into unit vectors, one by one."""

    def __init__(self, folder: Path) -> None:
        self._tokenizer = load_tokenizer(folder / TOKENIZER)
        self._session = _open_session(folder / GRAPH)

    def windows(self, texts: Sequence[str]) -> "list[NDArray[np.int32]]":
        return encode_windows(self._tokenizer, texts)

    def run(self, window: "NDArray[np.int32]") -> "NDArray[np.float32]":
        """The vector of one text. Alone, because the scale of 8-bit numbers is taken from all that is computed together:
        beside other texts it would have another vector. A batch is no faster, as one text fills a core's cache."""
        return self._output(VECTORS, window)

    def run_tokens(self, window: "NDArray[np.int32]") -> "NDArray[np.float32]":
        """The unit vectors of its tokens, one row each, the two marks included."""
        import numpy as np

        tokens = self._output(TOKENS, window)
        unit_vectors: NDArray[np.float32] = tokens / np.linalg.norm(tokens, axis=1, keepdims=True)
        return unit_vectors

    def _output(self, name: str, window: "NDArray[np.int32]") -> "NDArray[np.float32]":
        import numpy as np

        ids = window[np.newaxis]
        output: NDArray[np.float32] = self._session.run([name], {IDS: ids, MASK: np.ones_like(ids)})[0][0]
        return output

    def embed(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        import numpy as np

        return np.array([self.run(window) for window in self.windows(texts)], dtype=np.float32)


def _open_session(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # No threads of its own: it works on the one that calls.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    options.enable_mem_pattern = False
    # The graph is small and comes from memory; its weights stay in their file and are mapped from there.
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(path.parent))
    return onnxruntime.InferenceSession(with_tokens(path.read_bytes()), options, providers=["CPUExecutionProvider"])


class _Loaded:
    """What this process has loaded, by what it was loaded from, and the threads that work with it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.threads: ThreadPoolExecutor | None = None
        self.embedders: dict[Path, Embedder] = {}
        self.used_at = 0.0


_loaded = _Loaded()
# Threads and locks of a parent process do not work here; nothing of them is even destroyed.
_inherited: list[_Loaded] = []


def load_embedder(folder: Path) -> Embedder:
    """This process's embedder of that folder. Callers that come while it loads wait for the one that is being made."""
    with _loaded.lock:
        _loaded.used_at = time.monotonic()
        if folder not in _loaded.embedders:
            _loaded.embedders[folder] = Embedder(folder)
        return _loaded.embedders[folder]


def embedder_threads(count: int) -> ThreadPoolExecutor:
    """This process's threads for embedding, at most one a core that it may use; the first caller's count holds."""
    with _loaded.lock:
        if _loaded.threads is None:
            _loaded.threads = ThreadPoolExecutor(min(count, len(os.sched_getaffinity(0))), "embedder")
        return _loaded.threads


def unload_idle(seconds: float, *, clock: Callable[[], float] = time.monotonic) -> bool:
    """Let go of models that nobody used for so long; whether there were any. They load again in a quarter of a second."""
    with _loaded.lock:
        if not _loaded.embedders or clock() - _loaded.used_at < seconds:
            return False
        # Who is at work with one holds it until it is done.
        _loaded.embedders.clear()
    give_back_memory()
    return True


def keep_unloading(seconds: float, is_over: threading.Event | None = None) -> threading.Thread:
    """Look every second whether the models are idle: in a pool of processes each would hold them for good otherwise."""

    over = is_over or threading.Event()

    def look() -> None:
        while not over.wait(min(1.0, seconds)):
            unload_idle(seconds)

    thread = threading.Thread(target=look, name="unload-idle-models", daemon=True)
    thread.start()
    return thread


def give_back_memory() -> None:
    """Hand freed memory back to the system: the C library would keep tens of megabytes for itself."""
    import ctypes

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _forget_after_fork() -> None:
    """A child process has none of the threads, and perhaps a lock that nobody will open."""
    global _loaded
    _inherited.append(_loaded)
    _loaded = _Loaded()


os.register_at_fork(after_in_child=_forget_after_fork)
