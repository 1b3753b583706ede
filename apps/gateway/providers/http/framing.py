"""Where an answer of HTTP/1.1 begins and ends (RFC 9112): status, headers, and the body out of its chunks.

Pure and incremental: it is fed whatever the network brought and may be cut anywhere. What breaks the rules raises ValueError.
"""

import re
from collections.abc import Callable

HEAD_BYTES = 64 * 1024
# A chunk's size, its extensions, or a line of the trailers.
_LINE_BYTES = 4 * 1024
_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-5]\d\d)(?: [^\r\n]*)?")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SIZE = re.compile(rb"[0-9a-fA-F]{1,15}")
_BODILESS = frozenset({204, 304})


class AnswerParser:
    """Of one answer to one POST. `status` is 0 until the head is there."""

    __slots__ = ("_left", "_read", "_rest", "headers", "is_done", "is_reusable", "status")

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.is_done = False
        self.is_reusable = False
        self._rest = b""
        # Bytes of the body, or of its present chunk, that are still to come.
        self._left = 0
        self._read: Callable[[bytes], bytes] = self._read_head

    def feed(self, data: bytes) -> bytes:
        """The part of the body that `data` brought."""
        if self.is_done:
            # Nobody asked for more.
            self.is_reusable = False
            return b""
        if self._rest:
            data, self._rest = self._rest + data, b""
        return self._read(data)

    @property
    def has_begun(self) -> bool:
        return bool(self.status or self._rest)

    def end(self) -> None:
        """The server has closed the connection. Raises ValueError where that is not the answer's end."""
        if self._read == self._read_to_the_end:
            self.is_done = True
        if not self.is_done:
            raise ValueError("closed too early")

    def _read_head(self, data: bytes) -> bytes:
        while True:
            head, separator, rest = data.partition(b"\r\n\r\n")
            if not separator:
                self._keep(data, HEAD_BYTES)
                return b""
            first, *lines = head.split(b"\r\n")
            said = _STATUS.fullmatch(first)
            if not said or len(head) > HEAD_BYTES or said[2] == b"101":
                raise ValueError("no head of HTTP/1.1")
            if said[2][0] != ord("1"):
                break
            # "Go on", or a hint: the answer itself is still to come.
            data = rest
        self.status, self.headers = int(said[2]), _read_headers(lines)
        self.is_reusable = said[1] == b"1" and "close" not in self.headers.get("connection", "").lower()
        self._choose_body()
        if self.is_done:
            self.is_reusable = self.is_reusable and not rest
            return b""
        return self._read(rest)

    def _choose_body(self) -> None:
        coding, length = self.headers.get("transfer-encoding"), self.headers.get("content-length")
        if self.status in _BODILESS:
            self.is_done = True
        elif coding is not None:
            if coding.lower() != "chunked":
                raise ValueError("an unknown coding")
            self._read = self._read_size
        elif length is not None:
            if not length.isdecimal():
                raise ValueError("no length")
            self._left, self._read = int(length), self._read_length
            self.is_done = not self._left
        else:
            self._read, self.is_reusable = self._read_to_the_end, False

    def _read_to_the_end(self, data: bytes) -> bytes:
        return data

    def _read_length(self, data: bytes) -> bytes:
        self._left -= len(data)
        if self._left <= 0:
            self._finish(has_more=self._left < 0)
            return data[: len(data) + self._left]
        return data

    def _read_size(self, data: bytes) -> bytes:
        """Chunk after chunk, as many as there are: a model's words often come as one packet."""
        pieces: list[bytes] = []
        place, length = 0, len(data)
        while True:
            end = data.find(b"\r\n", place)
            if end < 0:
                self._keep(data[place:], _LINE_BYTES)
                break
            size = data[place:end].partition(b";")[0].strip()
            if not _SIZE.fullmatch(size):
                raise ValueError("no size of a chunk")
            left = int(size, 16)
            place = end + 2
            if not left:
                self._read = self._read_trailers
                self._read_trailers(data[place:])
                break
            if place + left + 2 > length:
                # The bytes that are here are passed on at once; those that are not, and the mark behind them, are waited for.
                pieces.append(data[place : place + left])
                self._begin_chunk(data[place:], left)
                break
            pieces.append(data[place : place + left])
            place += left
            if data[place : place + 2] != b"\r\n":
                raise ValueError("no end of a chunk")
            place += 2
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _begin_chunk(self, data: bytes, left: int) -> None:
        self._read = self._read_chunk
        self._left = left - len(data)
        if self._left < 0:
            # All of it is here and half of its mark.
            self._left, self._rest = 0, data[left:]

    def _read_chunk(self, data: bytes) -> bytes:
        left = self._left
        if len(data) < left + 2:
            self._left = max(0, left - len(data))
            self._rest = data[left:]
            return data[:left]
        if data[left : left + 2] != b"\r\n":
            raise ValueError("no end of a chunk")
        self._left, self._read = 0, self._read_size
        return data[:left] + self._read_size(data[left + 2 :])

    def _read_trailers(self, data: bytes) -> bytes:
        while True:
            line, separator, rest = data.partition(b"\r\n")
            if not separator:
                self._keep(data, _LINE_BYTES)
                return b""
            if not line:
                self._finish(has_more=bool(rest))
                return b""
            data = rest

    def _finish(self, *, has_more: bool) -> None:
        self.is_done = True
        # Whatever follows an answer that is over was not asked for.
        self.is_reusable = self.is_reusable and not has_more

    def _keep(self, data: bytes, most: int) -> None:
        if len(data) > most:
            raise ValueError("too long a line")
        self._rest = data


def _read_headers(lines: list[bytes]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not _NAME.fullmatch(name):
            raise ValueError("no header")
        key, said = name.decode("ascii").lower(), value.strip().decode("latin-1")
        headers[key] = f"{headers[key]}, {said}" if key in headers else said
    return headers
