"""Takes RTF apart into groups, control words and bytes, in one pass over the file.

Bytes that a `\\bin` announces are stepped over, whatever they look like.
"""

import codecs
import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

_TOKEN = re.compile(rb"\\([a-zA-Z]{1,32})(-?[0-9]{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)|\\", re.DOTALL)
# By the number that Windows gives a charset.
_CHARSETS = {
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gbk",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
_PAGES = {10000: "mac_roman", 65001: "utf-8", 936: "gbk", 1361: "johab"}


class Sort(Enum):
    OPEN = auto()
    CLOSE = auto()
    WORD = auto()
    SIGN = auto()
    BYTES = auto()


class Token(NamedTuple):
    sort: Sort
    # The control word or the sign.
    word: str = ""
    number: int | None = None
    data: bytes = b""


def read_tokens(data: bytes) -> Iterator[Token]:
    at = 0
    while at < len(data):
        found = _TOKEN.match(data, at)
        # Each byte begins one of the tokens.
        assert found is not None
        at = found.end()
        word, number, escaped, sign, brace, text = found.groups()
        if word == b"bin":
            at += max(0, int(number or 0))
        elif word is not None:
            yield Token(Sort.WORD, word.decode("ascii"), int(number) if number else None)
        elif brace is not None:
            yield Token(Sort.OPEN if brace == b"{" else Sort.CLOSE)
        elif sign is not None:
            yield Token(Sort.SIGN, sign.decode("latin-1"))
        elif escaped is not None:
            yield Token(Sort.BYTES, data=bytes.fromhex(escaped.decode("ascii")))
        elif text is not None:
            yield Token(Sort.BYTES, data=text)


def charset_codec(charset: int | None, usual: str) -> str:
    """Return Python's name for a font's charset."""
    return _CHARSETS.get(charset or 0, usual)


def page_codec(page: int | None) -> str:
    """Return Python's name for a code page, cp1252 for one that nobody knows."""
    name = _PAGES.get(page or 0, f"cp{page}")
    try:
        codecs.lookup(name)
    except LookupError:
        return "cp1252"
    return name
