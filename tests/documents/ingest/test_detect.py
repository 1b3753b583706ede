import io
import struct

import pytest

from apps.documents.errors import FileRefused
from apps.documents.ingest.detect import detect_kind
from tests.documents.files import make_docx, make_pdf, make_zip

OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def kind(data: bytes, name: str = "file") -> str:
    return detect_kind(io.BytesIO(data), name)


def refusal(data: bytes, name: str = "file") -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        kind(data, name)
    return caught.value


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (make_pdf(["Hello"]), "a.txt", "pdf"),
        (make_docx(), "a.pdf", "docx"),
        (b"<!DOCTYPE html><p>Hi</p>", "a.txt", "html"),
        (b"<div>Hi <b>you</b></div>", "a", "html"),
        (b"# Title\n\n- one\n- two\n", "a.txt", "markdown"),
        (b"Just words.", "README.MD", "markdown"),
        (b"# a comment\nx = 1\n", "a.py", "text"),
        (b"Just words.", "a.html", "text"),
        ("Grüße".encode("cp1252"), "a.txt", "text"),
        ("Wörter ".encode() * 20_000, "a.txt", "text"),
        (b"x" * 65535 + "é".encode(), "a.txt", "text"),
        ("Hi".encode("utf-16"), "a.txt", "text"),
    ],
)
def test_the_bytes_decide_what_a_file_is(data, name, expected):
    assert kind(data, name) == expected


@pytest.mark.parametrize(
    ("data", "reason", "words"),
    [
        (b"", "empty", "empty"),
        (b" \n\t\x00", "empty", "empty"),
        (b"\xef\xbb\xbf ", "empty", "empty"),
        (b"\x89PNG\r\n\x1a\n", "unsupported_type", "PNG image"),
        (b"{\\rtf1 hello}", "unsupported_type", "RTF"),
        (b"MZ\x90\x00", "unsupported_type", "program"),
        (OLE2, "unsupported_type", "save it as DOCX"),
        (OLE2 + "EncryptedPackage".encode("utf-16-le"), "encrypted", "password"),
        (bytes(range(1, 30)) * 50, "unsupported_type", "does not know"),
        (make_zip({"xl/workbook.xml": b"<a/>"}), "unsupported_type", "Excel"),
        (make_zip({"ppt/presentation.xml": b"<a/>"}), "unsupported_type", "PowerPoint"),
        (make_zip({"photo.jpg": b"x"}), "unsupported_type", "zip archive"),
        (make_docx()[:700], "unreadable", "incomplete"),
        (make_zip({"word/document.xml": b"\x00" * 30_000_000}), "too_large", "unpacks"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(data, reason, words):
    refused = refusal(data)
    assert refused.reason == reason
    assert words in refused.detail


def test_an_archive_with_a_giant_directory_is_refused_before_it_is_read():
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 60_000, 60_000, 60_000, 0, 0)
    assert refusal(b"PK\x03\x04" + bytes(100) + end).reason == "too_large"


def test_an_archive_whose_directory_is_nonsense_is_refused():
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 46, 4, 0)
    assert refusal(b"PK\x03\x04" + bytes(100) + end).reason == "unreadable"
