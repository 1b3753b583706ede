"""What a file is, by its bytes. The name only tips between texts: Markdown, CSV and plain.

Reads the head of a file, the directory of an archive and a few hundred bytes of its smallest members, never its contents:
cheap enough for the web process, which parses nothing and loads no parser library.
"""

import re
from typing import BinaryIO

from apps.documents.errors import EmptyFile, FileRefused, UnsupportedType
from apps.documents.ingest.detect.archives import archive_kind
from apps.documents.ingest.detect.magic import kind_by_magic
from apps.documents.ingest.detect.ole import ole_kind
from apps.documents.ingest.detect.refusals import READS
from apps.documents.ingest.detect.texts import text_kind
from apps.documents.ingest.text import decode_roughly
from apps.documents.types import Kind

__all__ = ["detect_kind"]

_HEAD = 65536
_PDF_WITHIN = 1024
_PDF = re.compile(rb"%PDF-\d")
_PDF_END = re.compile(rb"startxref|%%EOF|endobj")
_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_EMPTY = "This file is empty."


def detect_kind(file: BinaryIO, name: str) -> Kind:
    """Return the kind of `file`; raise a `FileRefused` for what Quire does not read."""
    file.seek(0)
    head = file.read(_HEAD)
    if not head.strip(b"\x00 \t\r\n"):
        raise EmptyFile(_EMPTY)
    is_pdf = _PDF.match(head.removeprefix(b"\xef\xbb\xbf").lstrip())
    if is_pdf:
        return Kind.PDF
    try:
        return _kind_from_start(file, head, name)
    except FileRefused:
        if _has_pdf_behind(file, head):
            return Kind.PDF
        raise


def _kind_from_start(file: BinaryIO, head: bytes, name: str) -> Kind:
    if head.startswith((_ZIP, _EMPTY_ZIP)):
        return archive_kind(file)
    if head.startswith(_OLE2):
        return ole_kind(file)
    kind = kind_by_magic(head)
    if kind is not None:
        return kind
    text = decode_roughly(head)
    if text is None:
        raise UnsupportedType(f"Quire does not know this type of file. {READS}")
    if not text.strip("\x00\ufeff \t\r\n"):
        raise EmptyFile(_EMPTY)
    if _has_pdf_behind(file, head) and not text.lstrip("\ufeff \t\r\n").startswith("<"):
        return Kind.PDF
    return text_kind(text, name, is_whole=len(head) < _HEAD)


def _has_pdf_behind(file: BinaryIO, head: bytes) -> bool:
    """Tell whether a PDF begins after something else, as its readers allow; a file that is two things is what it begins as."""
    if not _PDF.search(head[:_PDF_WITHIN]):
        return False
    file.seek(max(0, file.seek(0, 2) - _PDF_WITHIN))
    return _PDF_END.search(file.read()) is not None
