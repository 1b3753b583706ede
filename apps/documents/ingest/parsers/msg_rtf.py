"""The packed RTF of Outlook's messages (MS-OXRTFCP), for those that have their text nowhere else."""

import struct
from collections.abc import Iterator

from apps.documents.constants import MAX_TEXT_CHARS
from apps.documents.ingest.limits import check_text

_PACKED, _PLAIN = b"LZFu", b"MELA"
_WINDOW = 4096
# What every such text begins with is not packed along: it stands in the window already.
_BEGINNING = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    rb"MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


def rtf_text(data: bytes) -> str:
    """Return the text of packed RTF, "" where it is none."""
    from striprtf.striprtf import rtf_to_text

    if len(data) < 16:
        return ""
    kind, body = data[8:12], data[16:]
    rtf = bytes(_unpacked(body)) if kind == _PACKED else body if kind == _PLAIN else b""
    if not rtf.lstrip().startswith(b"{\\rtf"):
        return ""
    check_text(len(rtf) // 4)
    try:
        text: str = rtf_to_text(rtf.decode("latin-1"), errors="replace")
    except (ValueError, LookupError, TypeError, struct.error):
        return ""
    return text


def _unpacked(body: bytes) -> Iterator[int]:
    """Yield the bytes: a bit each tells a byte from a place and a length in the last 4,096 bytes."""
    window = bytearray(_BEGINNING.ljust(_WINDOW, b" "))
    write, at, made = len(_BEGINNING), 0, 0
    while at < len(body) and made < 4 * MAX_TEXT_CHARS:
        flags = body[at]
        at += 1
        for bit in range(8):
            if flags >> bit & 1:
                if at + 1 >= len(body):
                    return
                place, length = body[at] << 4 | body[at + 1] >> 4, (body[at + 1] & 0xF) + 2
                at += 2
                if place == write:
                    return
            elif at < len(body):
                window[write] = body[at]
                place, length = write, 1
                at += 1
            else:
                return
            for step in range(length):
                byte = window[(place + step) % _WINDOW]
                window[write] = byte
                write = (write + 1) % _WINDOW
                made += 1
                yield byte
