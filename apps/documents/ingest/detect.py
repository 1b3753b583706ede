"""What a file is, by its bytes. The name only tells Markdown from other plain text.

Reads the head of a file, and the directory of an archive, never its contents: cheap enough for
the web process, which parses nothing.
"""

import re
import zipfile
from typing import BinaryIO

from apps.documents.errors import EmptyFile, EncryptedFile, UnreadableFile, UnsupportedType
from apps.documents.ingest.archive import check_archive
from apps.documents.ingest.text import decode
from apps.documents.types import Kind

_HEAD = 65536
_SUPPORTED = "Quire reads PDF, DOCX, HTML, Markdown and plain text."
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"RIFF", "a media file"),
    (b"{\\rtf", "an RTF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"%!PS", "a PostScript file"),
)
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_ARCHIVES = (
    ("ppt/presentation.xml", "a PowerPoint file"),
    ("xl/workbook.xml", "an Excel file"),
    ("xl/workbook.bin", "an Excel file"),
    ("META-INF/container.xml", "an EPUB book"),
    ("content.xml", "an OpenDocument file"),
)
_HTML = re.compile(
    r"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]|<(?:div|p|h[1-6]|table|article)[\s>][^<]*<",
    re.IGNORECASE,
)
_MARKDOWN_SIGNS = (
    re.compile(r"^#{1,6} \S", re.MULTILINE),
    re.compile(r"^(?:[*+-]|\d+\.) \S", re.MULTILINE),
    re.compile(r"^(?:```|~~~)", re.MULTILINE),
    re.compile(r"\[[^\[\]\n]{1,200}\]\([^()\s]{1,400}\)"),
    re.compile(r"^\|.+\|\s*\n\|[ :|-]+\|", re.MULTILINE),
    re.compile(r"\*\*\S[^*\n]{0,200}\*\*"),
)
_MARKDOWN_NAMES = (".md", ".markdown", ".mdown", ".mkd")


def detect_kind(file: BinaryIO, name: str) -> Kind:
    """Return the kind of `file`; raise a `FileRefused` for what Quire does not read."""
    file.seek(0)
    head = file.read(_HEAD)
    if not head.strip(b"\x00 \t\r\n"):
        raise EmptyFile("This file is empty.")
    if b"%PDF-" in head[:1024]:
        return Kind.PDF
    if head.startswith(b"PK\x03\x04"):
        return _archive_kind(file)
    if head.startswith(_OLE2):
        raise _old_office(file, head)
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise UnsupportedType(f"This is {what}. {_SUPPORTED}")
    return _text_kind(head, name)


def _archive_kind(file: BinaryIO) -> Kind:
    check_archive(file)
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise UnreadableFile("This file is broken or incomplete: it cannot be opened.") from error
    if "word/document.xml" in names:
        return Kind.DOCX
    for inside, what in _ARCHIVES:
        if inside in names:
            raise UnsupportedType(f"This is {what}. {_SUPPORTED}")
    raise UnsupportedType(f"This is a zip archive. {_SUPPORTED} Upload the files in it one by one.")


def _old_office(file: BinaryIO, head: bytes) -> EncryptedFile | UnsupportedType:
    """Tell a password-protected Office file from one of before 2007: both are OLE2 containers."""
    file.seek(0)
    if _ENCRYPTED_PACKAGE in head or _ENCRYPTED_PACKAGE in file.read():
        return EncryptedFile("This file is protected by a password. Save it without one.")
    return UnsupportedType("This is a file of an old Office format (DOC, XLS, PPT or MSG). Open it in an Office program and save it as DOCX or PDF.")


def _text_kind(head: bytes, name: str) -> Kind:
    # A cut in the middle of a letter must not make UTF-8 look like something else.
    text = decode(_whole_letters(head)) if len(head) == _HEAD else decode(head)
    if text is None:
        raise UnsupportedType(f"Quire does not know this type of file. {_SUPPORTED}")
    if not text.strip():
        raise EmptyFile("This file is empty.")
    if name.lower().endswith(_MARKDOWN_NAMES):
        return Kind.MARKDOWN
    if _HTML.search(text[:4096]):
        return Kind.HTML
    signs = sum(1 for sign in _MARKDOWN_SIGNS if sign.search(text))
    return Kind.MARKDOWN if signs >= 2 else Kind.TEXT


def _whole_letters(head: bytes) -> bytes:
    end = len(head)
    while end > len(head) - 4 and head[end - 1] & 0xC0 == 0x80:
        end -= 1
    return head[: end - 1] if head[end - 1] >= 0xC0 else head
