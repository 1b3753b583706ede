"""Runs Tesseract for a child that may start nothing itself.

Before a child builds its walls it forks a helper, which starts this one program and nothing else, one at a time. So even a
child that was taken over has no call that starts a process, and the number of processes is three whatever happens.
"""

import json
import os
import socket
import struct
from collections.abc import Callable, Sequence
from pathlib import Path

from apps.documents.ingest import ocr
from apps.documents.ingest.confined.linux import die_with_parent
from apps.documents.ingest.confined.walls import Walls

_REQUEST = struct.Struct("!IId")
_ANSWER = struct.Struct("!?I")
_MAX_COMMAND_BYTES = 16 * 1024
_MAX_OUTPUT_BYTES = 64 * 1024 * 1024
_PIECE = 1024 * 1024


def start_helper(walls: Walls, program: Path) -> None:
    """Fork the helper, and have `ocr` in this process ask it."""
    ours, theirs = socket.socketpair()
    parent = os.getpid()
    if not os.fork():
        try:
            die_with_parent(parent)
            connection = theirs.detach()
            ours.close()
            os.closerange(3, connection)
            os.closerange(connection + 1, os.sysconf("SC_OPEN_MAX"))
            walls.build_for_helper(program)
            serve(connection, program, walls.build_for_program)
        finally:
            os._exit(0)
    theirs.close()
    connection = ours.detach()

    def run(command: Sequence[str], data: bytes, seconds: float) -> str:
        return ask(connection, command, data, seconds)

    ocr._run = run


def ask(connection: int, command: Sequence[str], data: bytes, seconds: float) -> str:
    """Return what the program answers. Raises OcrFailed."""
    if seconds <= 0:
        raise ocr.OcrFailed("There is no time left.")
    words = json.dumps(list(command[1:])).encode()
    try:
        _write(connection, _REQUEST.pack(len(words), len(data), seconds) + words)
        _write(connection, data)
        is_done, length = _ANSWER.unpack(_read(connection, _ANSWER.size))
        answer = _read(connection, length)
    except (OSError, EOFError) as error:
        raise ocr.OcrFailed("Tesseract cannot be asked.") from error
    if not is_done:
        raise ocr.OcrFailed("Tesseract gave no answer.")
    return answer.decode("utf-8", "replace")


def serve(connection: int, program: Path, prepare: Callable[[], None]) -> None:
    """Answer until nobody asks any more. Whatever the command says, it is this program that runs."""
    while True:
        try:
            words_length, data_length, seconds = _REQUEST.unpack(_read(connection, _REQUEST.size))
        except EOFError:
            return
        if words_length > _MAX_COMMAND_BYTES:
            return
        words = json.loads(_read(connection, words_length))
        # There are no threads here, so a function may run between fork and exec.
        said = ocr.run_program([str(program), *map(str, words)], _read(connection, data_length), seconds, prepare)
        answer = said if said is not None and len(said) <= _MAX_OUTPUT_BYTES else None
        _write(connection, _ANSWER.pack(answer is not None, len(answer or b"")))
        _write(connection, answer or b"")


def _write(connection: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(connection, left) :]


def _read(connection: int, length: int) -> bytes:
    held = bytearray()
    while len(held) < length:
        piece = os.read(connection, min(_PIECE, length - len(held)))
        if not piece:
            raise EOFError
        held += piece
    return bytes(held)
