"""The message inside a signature: S/MIME that is only signed carries its text in an envelope of ASN.1 (RFC 5652, SignedData).

The signature is not checked: who wrote the text is not what a reader of the library asks. Lengths are believed only within
what surrounds them.
"""

from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser
from typing import NamedTuple

from apps.documents.ingest.parsers.eml_headers import CUT_HEADERS

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_SEQUENCE, _OID, _OCTETS, _INNER = 0x30, 0x06, 0x04, 0xA0
_CONSTRUCTED = 0x20
_PARTS_MAX = 10_000
_DEPTH_MAX = 8


class _Element(NamedTuple):
    tag: int
    start: int
    end: int
    # Where the next one begins.
    after: int


def signed_message(data: bytes) -> Message | None:
    """Return the message that was signed; None where there is none to be read."""
    content = signed_content(data)
    try:
        return BytesParser(policy=CUT_HEADERS).parsebytes(content) if content else None
    except (RecursionError, ValueError, TypeError, LookupError, AssertionError):
        return None


def signed_content(data: bytes) -> bytes | None:
    """Return the bytes that were signed; None where this is no such envelope, or what it holds is encrypted or elsewhere."""
    try:
        outer = _descend(data, (0, len(data)), _SEQUENCE)
        if outer is None or data[slice(*(_descend(data, outer, _OID) or (0, 0)))] != _SIGNED_DATA:
            return None
        place: tuple[int, int] | None = outer
        for tag in (_INNER, _SEQUENCE, _SEQUENCE, _INNER):
            place = _descend(data, place, tag) if place is not None else None
        return b"".join(_octets(data, place)) if place is not None else None
    except (IndexError, ValueError):
        return None


def _descend(data: bytes, place: tuple[int, int], tag: int) -> tuple[int, int] | None:
    """Return where the first element of this tag holds what is in it."""
    return next(((one.start, one.end) for one in _elements(data, *place) if one.tag == tag), None)


def _octets(data: bytes, place: tuple[int, int], depth: int = 0) -> Iterator[bytes]:
    """Yield a string of octets, which may come in pieces."""
    for one in _elements(data, *place):
        if one.tag == _OCTETS:
            yield data[one.start : one.end]
        elif one.tag == _OCTETS | _CONSTRUCTED and depth < _DEPTH_MAX:
            yield from _octets(data, (one.start, one.end), depth + 1)


def _elements(data: bytes, at: int, end: int) -> Iterator[_Element]:
    for _number in range(_PARTS_MAX):
        if at >= end or data[at : at + 2] == b"\0\0":
            return
        one = _element(data, at, end)
        yield one
        at = one.after


def _element(data: bytes, at: int, end: int, depth: int = 0) -> _Element:
    """Read a tag and its length; without a length, it goes on to the two zeros that end it."""
    tag, length, start = data[at], data[at + 1], at + 2
    if length == 0x80:
        if depth > _DEPTH_MAX or not tag & _CONSTRUCTED:
            raise ValueError("No end.")
        inner = start
        for _number in range(_PARTS_MAX):
            if data[inner : inner + 2] == b"\0\0":
                return _Element(tag, start, inner, inner + 2)
            inner = _element(data, inner, end, depth + 1).after
        raise ValueError("Too many parts.")
    if length & 0x80:
        size = length & 0x7F
        length, start = int.from_bytes(data[start : start + size]), start + size
    if start + length > end:
        raise ValueError("Longer than what it is in.")
    return _Element(tag, start, start + length, start + length)
