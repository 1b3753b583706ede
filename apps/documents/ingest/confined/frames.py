"""How child and worker speak: JSON lists with a length before each, never pickle.

A frame is small. A page is several: `page`, then its blocks, each with more text and words where it has many, then
`page_end`. So nobody holds more than a frame and the page that it belongs to.
"""

import json
import os
import struct
from collections.abc import Iterator
from typing import Any, NoReturn

from apps.documents.ingest.confined.errors import FalseFrame
from apps.documents.ingest.confined.limits import MAX_FRAME_BYTES, MAX_NAME_CHARS
from apps.documents.ingest.types import Block, Page

_LENGTH = struct.Struct("!I")
_PIECE = 256 * 1024
# A character is at most six bytes of JSON.
_TEXT_PIECE = 128 * 1024
_WORDS_PIECE = 2000

# Any: what JSON holds. `messages` says what may be in it.
Frame = list[Any]


class FrameWriter:
    """Collects frames and writes them together. By `write`: a child has no call of sockets."""

    def __init__(self, connection: int) -> None:
        self._connection = connection
        self._waiting = bytearray()

    def write(self, *frame: Any) -> None:
        data = json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        if len(data) > MAX_FRAME_BYTES:
            raise ValueError("A frame is too long.")
        self._waiting += _LENGTH.pack(len(data)) + data
        if len(self._waiting) > _PIECE:
            self.flush()

    def write_page(self, page: Page) -> None:
        self.write("page", page.number, clip(page.label, MAX_NAME_CHARS))
        for block in page.blocks:
            for frame in _frames_of(block):
                self.write(*frame)
        self.write("page_end")
        self.flush()

    def flush(self) -> None:
        waiting, self._waiting = self._waiting, bytearray()
        left = memoryview(waiting)
        while left:
            left = left[os.write(self._connection, left) :]


def clip(text: str, most: int) -> str:
    """Return what may be said of a text that comes out of a file and has no limit there."""
    return text[:most].replace("\0", "")


def _frames_of(block: Block) -> Iterator[Frame]:
    text, words = block.text, block.words
    yield ["block", block.kind, text[:_TEXT_PIECE], block.level, block.rows, block.repeated]
    for first in range(_TEXT_PIECE, len(text), _TEXT_PIECE):
        yield ["text", text[first : first + _TEXT_PIECE]]
    for first in range(0, len(words), _WORDS_PIECE):
        yield ["words", words[first : first + _WORDS_PIECE]]


class FrameBuffer:
    """Takes bytes as they come and gives whole frames back. Raises FalseFrame for what is none."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._start = 0

    def feed(self, data: bytes) -> None:
        if self._start:
            del self._held[: self._start]
            self._start = 0
        self._held += data

    def take(self) -> Frame | None:
        """Return the next frame, or None where it has not come as a whole."""
        body = self._start + _LENGTH.size
        if len(self._held) < body:
            return None
        (length,) = _LENGTH.unpack_from(self._held, self._start)
        if length > MAX_FRAME_BYTES:
            raise FalseFrame("too long")
        if len(self._held) < body + length:
            return None
        data = bytes(self._held[body : body + length])
        self._start = body + length
        return _decode(data)


def _decode(data: bytes) -> Frame:
    try:
        frame = json.loads(data, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise FalseFrame("no JSON") from None
    if not isinstance(frame, list) or not frame or not isinstance(frame[0], str):
        raise FalseFrame("no frame")
    return frame


def _no_number(_word: str) -> NoReturn:
    raise ValueError
