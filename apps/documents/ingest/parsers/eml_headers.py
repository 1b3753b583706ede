"""Headers of mail as people read them, whatever is in them.

The modern policy of the library takes each header apart by its grammar, which for a header made to be slow never ends, and
the old one counts quotes from the beginning at each semicolon; so headers are cut to a length that a person would read.
"""

import binascii
import re
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import Compat32
from email.utils import collapse_rfc2231_value, parsedate_to_datetime

from apps.documents.ingest.text import decode, flow

_CHARS_MAX = 4000
_HEADERS_MAX = 1000
_SHOWN = ("From", "To", "Cc", "Date")
_GAP = re.compile(r"[\r\n]+[ \t]*")


class _CutHeaders(Compat32):
    """Leaves headers as they are, but for their length."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:_CHARS_MAX]


CUT_HEADERS = _CutHeaders()


def raw_headers(message: Message) -> dict[str, str]:
    """Return the first of each header, its name in small letters."""
    found: dict[str, str] = {}
    for number, (name, value) in enumerate(message.raw_items()):
        if number >= _HEADERS_MAX:
            break
        found.setdefault(name.lower(), str(value)[:_CHARS_MAX])
    return found


def facts_of(headers: dict[str, str]) -> list[tuple[str, str]]:
    """Return From, To, Cc and Date, those that there are."""
    facts = [(name, header_text(headers.get(name.lower(), ""))) for name in _SHOWN]
    return [(name, shown_date(value) if name == "Date" else value) for name, value in facts if value]


def header_text(raw: str) -> str:
    """Return a header's text: encoded words decoded, letters of any charset told."""
    raw = _GAP.sub(" ", raw)
    try:
        pieces = decode_header(raw)
    except (HeaderParseError, binascii.Error, ValueError):
        pieces = [(raw, None)]
    parts = []
    for piece, charset in pieces:
        data = piece if isinstance(piece, bytes) else piece.encode("ascii", errors="surrogateescape") if _is_bytes(piece) else None
        parts.append(str(piece) if data is None else decode(data, charset) or "")
    return flow("".join(parts))


def _is_bytes(text: str) -> bool:
    """Tell letters that the reader of the message kept as bytes."""
    return all(letter < "\x80" or "\udc80" <= letter <= "\udcff" for letter in text)


def shown_date(value: str) -> str:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return value
    zone = f" (UTC{date:%z})" if date.tzinfo is not None else ""
    return f"{date.day} {date:%B} {date.year:04}, {date:%H:%M}{zone}"


def file_name(part: Message) -> str:
    """Return the name that a part of the message has for its file, "" if none."""
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        try:
            value = part.get_param(parameter, None, header)
            if value:
                return header_text(collapse_rfc2231_value(value))
        except (ValueError, TypeError, LookupError, IndexError):
            continue
    return ""
