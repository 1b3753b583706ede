"""The warm fork server: a process with the parsers imported and nothing else, which forks a child for each file.

Started as `python -m apps.documents.ingest.confined.server SOCKET FOLDER PARENT`, with an empty environment. It has no
threads, and knows of a reading only this: two sockets that came with the request. Over the one the child speaks to the worker;
over the other the worker holds the child alive, and hears how it ended. It never waits for either.

It ends when the last process that can ask is gone, or its parent dies. A child ends at the latest with it.
"""

import contextlib
import gc
import json
import os
import resource
import selectors
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from apps.documents.ingest.confined.birth import be_child
from apps.documents.ingest.confined.child import Task
from apps.documents.ingest.confined.ended import Ended
from apps.documents.ingest.confined.folders import hold, is_too_much, remove, remove_abandoned
from apps.documents.ingest.confined.libraries import import_parsers
from apps.documents.ingest.confined.linux import adopt_orphans, die_with_parent
from apps.documents.ingest.confined.walls import Walls

MAX_REQUEST_BYTES = 32 * 1024
_PASSED = 3
_WATCH_SECONDS = 0.5
_NICENESS = 5


@dataclass(slots=True)
class Reading:
    """A child, from the request until its folder is removed."""

    pid: int
    control: socket.socket
    folder: Path
    is_over: bool = False
    is_let_go: bool = False
    is_full: bool = False


class Server:
    """Forks, reaps, removes. `run` returns when nobody can ask any more."""

    def __init__(self, requests: socket.socket, folder: Path, walls: Walls) -> None:
        self._requests = requests
        self._walls = walls
        self._folder = folder
        self._readings: dict[int, Reading] = {}
        self._selector = selectors.DefaultSelector()
        self._is_wanted = True
        self._watched_at = 0.0

    def run(self) -> None:
        awake, waker = socket.socketpair()
        for end in (awake, waker):
            end.setblocking(False)
        # Before the handlers: a signal without its byte would be slept over.
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._end)
        self._selector.register(self._requests, selectors.EVENT_READ, self._accept)
        self._selector.register(awake, selectors.EVENT_READ, lambda: _drain(awake))
        while self._is_wanted:
            for key, _ in self._selector.select(_WATCH_SECONDS if self._readings else None):
                key.data()
            self._reap()
            self._watch()
        for reading in self._readings.values():
            if not reading.is_over:
                _kill(reading.pid)
                os.waitpid(reading.pid, 0)

    def _end(self, *_: object) -> None:
        self._is_wanted = False

    def _accept(self) -> None:
        data, descriptors, flags, _ = socket.recv_fds(self._requests, MAX_REQUEST_BYTES, _PASSED, socket.MSG_CMSG_CLOEXEC)
        if not data:
            self._end()
            return
        try:
            if len(descriptors) == _PASSED and not flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
                self._start(json.loads(data), descriptors)
        finally:
            for descriptor in descriptors:
                with contextlib.suppress(OSError):
                    os.close(descriptor)

    # Any: JSON from our own worker.
    def _start(self, request: dict[str, Any], descriptors: list[int]) -> None:
        data, control, file = descriptors
        server = os.getpid()
        try:
            folder = Path(tempfile.mkdtemp(dir=self._folder))
            task = Task(Path(request["path"]), request["kind"], request["ocr_languages"], folder, request["keeps_attachments"])
            pid = os.fork()
        except OSError:
            # No room for another child now. The folder of this one, if there is one, goes with the server's.
            with socket.socket(fileno=os.dup(control)) as connection:
                _tell_end(connection, Ended(-signal.SIGKILL, 0, 0.0, False))
            return
        if not pid:
            be_child(task, self._walls, (data, file), server)
        reading = Reading(pid, socket.socket(fileno=os.dup(control)), folder)
        reading.control.setblocking(False)
        self._readings[pid] = reading
        self._selector.register(reading.control, selectors.EVENT_READ, lambda: self._let_go(reading))
        _tell_where(reading)

    def _let_go(self, reading: Reading) -> None:
        """The worker is done with it, or is gone: so is the child."""
        self._selector.unregister(reading.control)
        reading.control.close()
        reading.is_let_go = True
        if reading.is_over:
            remove(reading.folder)
            del self._readings[reading.pid]
        else:
            _kill(reading.pid)

    def _reap(self) -> None:
        while ended := _next_ended():
            reading = self._readings.get(ended)
            if reading:
                # Whatever it started is in its group, and may not outlive it. Not reaped yet, its number is still its own.
                _kill(ended)
            _, status, usage = os.wait4(ended, 0)
            if reading:
                self._finish(reading, status, usage)

    def _finish(self, reading: Reading, status: int, usage: resource.struct_rusage) -> None:
        reading.is_over = True
        if reading.is_let_go:
            remove(reading.folder)
            del self._readings[reading.pid]
            return
        seconds = usage.ru_utime + usage.ru_stime
        _tell_end(reading.control, Ended(os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024, seconds, reading.is_full))

    def _watch(self) -> None:
        """End a child whose folder takes too much: the kernel limits each file, but not how many there are."""
        now = time.monotonic()
        if now - self._watched_at < _WATCH_SECONDS:
            return
        self._watched_at = now
        for reading in self._readings.values():
            if not reading.is_over and not reading.is_full and is_too_much(reading.folder):
                reading.is_full = True
                _kill(reading.pid)


def _next_ended() -> int:
    try:
        ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return 0
    return ended.si_pid if ended else 0


def _tell_where(reading: Reading) -> None:
    """Hand the worker the child's folder: from there it takes attachments."""
    folder = os.open(reading.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    with contextlib.suppress(OSError):
        socket.send_fds(reading.control, [json.dumps({"pid": reading.pid}).encode()], [folder])
    os.close(folder)


def _tell_end(control: socket.socket, ended: Ended) -> None:
    with contextlib.suppress(OSError):
        control.send(json.dumps(asdict(ended)).encode())


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _drain(awake: socket.socket) -> None:
    with contextlib.suppress(BlockingIOError):
        awake.recv(4096)


def main(arguments: list[str], prepare: Callable[[], None] = import_parsers) -> None:
    number, folder, parent = int(arguments[0]), Path(arguments[1]), int(arguments[2])
    # Also while it still imports, the folder goes with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        # Moving into another network may be a change of rights, which undoes what the kernel was told before.
        walls = Walls()
        if parent:
            die_with_parent(parent, signal.SIGTERM)
        adopt_orphans()
        # The embedder uses every core; whoever reads takes what it leaves, rather than half of each of its steps.
        os.nice(_NICENESS)
        hold(folder)
        remove_abandoned(folder.parent)
        prepare()
        # What is here now is shared with every child: no collection may write into it.
        gc.collect()
        gc.freeze()
        with socket.socket(fileno=number) as requests:
            Server(requests, folder, walls).run()
    finally:
        remove(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
