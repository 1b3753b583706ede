"""Holds the fork server of this process and of all that fork from it; starts it where it is not there."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from apps.documents.ingest.confined.folders import PREFIX, remove

_ROOT = Path(__file__).resolve().parents[4]
# All of the server's environment: none of it is anybody's secret. One reading takes one core, also in Tesseract.
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "1",
    "OMP_THREAD_LIMIT": "1",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "PYTHONDONTWRITEBYTECODE": "1",
}
_MODULE = "apps.documents.ingest.confined.server"
_END_SECONDS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Running:
    """A server, as the process that started it and those that forked from that one know it."""

    requests: socket.socket
    folder: Path
    process: "subprocess.Popen[bytes]"
    starter: int

    def send(self, request: Mapping[str, str | bool], descriptors: Sequence[int]) -> None:
        """Ask for one reading, in one message: others may ask at the same time. Raises OSError where the server is gone."""
        socket.send_fds(self.requests, [json.dumps(request).encode()], list(descriptors))

    def is_gone(self) -> bool:
        return self.starter == os.getpid() and self.process.poll() is not None


class Host:
    """Lends the server to who reads, and starts another where it is gone."""

    def __init__(self, module: str = _MODULE) -> None:
        self._module = module
        self._running: Running | None = None
        self._lock = threading.Lock()
        os.register_at_fork(after_in_child=self._forked)

    def start(self) -> Running:
        """Return the server; its parsers are imported while this process goes on. Raises OSError where none can be started."""
        with self._lock:
            if self._running is None:
                self._running = self._launch()
            return self._running

    def replace(self, gone: Running) -> Running:
        """Return another server than `gone`; who noticed it first has started one already."""
        with self._lock:
            if self._running is gone:
                self._running = None
                _let_go(gone)
            if self._running is None:
                self._running = self._launch()
            return self._running

    def stop(self) -> None:
        with self._lock:
            running, self._running = self._running, None
            if running is not None:
                _let_go(running)

    def _launch(self) -> Running:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        # The kernel tells of the death of a thread; of other threads than the first that says nothing about the process.
        parent = os.getpid() if threading.current_thread() is threading.main_thread() else 0
        with theirs:
            process = subprocess.Popen(  # noqa: S603  # our own interpreter, our own code
                [sys.executable, "-s", "-m", self._module, str(theirs.fileno()), str(folder), str(parent)],
                cwd=_ROOT,
                env=_ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        return Running(ours, folder, process, os.getpid())

    def _forked(self) -> None:
        # Whoever held it is not in this process.
        self._lock = threading.Lock()


def _let_go(running: Running) -> None:
    running.requests.close()
    if running.starter == os.getpid():
        # Others that forked from here may ask it still; then it stays.
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.process.wait(_END_SECONDS)
    if running.is_gone():
        # One that was killed left it behind.
        remove(running.folder)


HOST = Host()
