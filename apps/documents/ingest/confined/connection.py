"""One child, from the worker's side: asked for over the server, heard over a socket of its own, ended when this is closed."""

import contextlib
import json
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from apps.documents.errors import NEEDS_MEMORY, TOO_LONG, ContentTooLarge, FileRefused, UnreadableFile
from apps.documents.ingest.confined import limits
from apps.documents.ingest.confined.ended import Ended
from apps.documents.ingest.confined.errors import ReaderGone, ServerGone
from apps.documents.ingest.confined.frames import Frame, FrameBuffer
from apps.documents.ingest.confined.host import Running
from apps.documents.ingest.parsers.base import Desk

_PIECE = 256 * 1024
_MAX_TOLD_BYTES = 4096
_TICK_SECONDS = 0.25
_END_SECONDS = 10.0
CRASHED = "Quire could not read this file: reading it crashed. Save it again with the program it came from, and upload that."


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a child may say nothing while it is listened to, and how long it may take in all."""

    silence_seconds: float = limits.SILENCE_SECONDS
    reading_seconds: float = limits.READING_SECONDS
    clock: Callable[[], float] = time.monotonic


class ChildConnection:
    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._began = patience.clock()
        self._data, self._their_data = socket.socketpair()
        self._control, self._their_control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._buffer = FrameBuffer()
        self._ended: Ended | None = None
        self._is_data_over = False
        # The child's folder, from when the server made it; -1 before.
        self.folder = -1

    def ask(self, running: Running, path: Path, kind: str, desk: Desk) -> None:
        """Have a child forked that reads `path`. Raises ServerGone, and FileNotFoundError or the like for the file."""
        request: dict[str, str | bool] = {
            "path": str(path.absolute()),
            "kind": kind,
            "ocr_languages": desk.ocr_languages,
            "keeps_attachments": desk.folder is not None,
        }
        with path.open("rb") as file, self._their_data, self._their_control:
            try:
                running.send(request, (self._their_data.fileno(), self._their_control.fileno(), file.fileno()))
            except OSError:
                raise ServerGone from None

    def next_frame(self) -> Frame | None:
        """Wait for what the child says next; None where it said all that it will ever say.

        Raises FalseFrame, ServerGone, and a refusal where the child took too long.
        """
        since = self._patience.clock()
        while (frame := self._buffer.take()) is None:
            if self._is_data_over:
                return None
            self._check_patience(since)
            self._hear(_TICK_SECONDS)
        return frame

    def wait_for_end(self) -> Ended | None:
        """Return how the child ended; None where it does not come to an end."""
        since = time.monotonic()
        while self._ended is None and time.monotonic() - since < _END_SECONDS:
            self._hear(_TICK_SECONDS, also_data=False)
        return self._ended

    def close(self) -> None:
        """Let go of the child: the server kills it where it still runs, and removes its folder."""
        for end in (self._data, self._their_data, self._control, self._their_control):
            end.close()
        if self.folder >= 0:
            os.close(self.folder)
            self.folder = -1

    def _check_patience(self, since: float) -> None:
        now = self._patience.clock()
        if now - since >= self._patience.silence_seconds or now - self._began >= self._patience.reading_seconds:
            raise FileRefused(TOO_LONG, reason="timed_out")

    def _hear(self, seconds: float, *, also_data: bool = True) -> None:
        listening = select.poll()
        if self._ended is None:
            listening.register(self._control, select.POLLIN)
        if also_data:
            listening.register(self._data, select.POLLIN)
        ready = {descriptor for descriptor, _ in listening.poll(seconds * 1000)}
        # First what the child said: its last words come before its end.
        if self._data.fileno() in ready:
            self._hear_child()
        elif self._control.fileno() in ready:
            self._hear_server()

    def _hear_child(self) -> None:
        with contextlib.suppress(ConnectionResetError):
            if data := self._data.recv(_PIECE):
                self._buffer.feed(data)
                return
        self._is_data_over = True

    def _hear_server(self) -> None:
        told, descriptors, _, _ = socket.recv_fds(self._control, _MAX_TOLD_BYTES, 1, socket.MSG_CMSG_CLOEXEC)
        if descriptors:
            self.folder = descriptors[0]
        elif told:
            self._ended = Ended(**json.loads(told))
        else:
            raise ServerGone


def judge(ended: Ended | None) -> Exception:
    """Return what it means that a child ended without having said how: the file's fault, or nobody's."""
    if ended is None:
        return UnreadableFile(CRASHED)
    if ended.code == -signal.SIGXCPU:
        return FileRefused(TOO_LONG, reason="timed_out")
    if ended.is_full or limits.took_too_much(ended.memory, ended.cpu):
        return ContentTooLarge(NEEDS_MEMORY)
    if ended.code == -signal.SIGKILL:
        # Not by a limit of ours: a person did it, or the kernel in need of memory that others took.
        return ReaderGone()
    return UnreadableFile(CRASHED)
