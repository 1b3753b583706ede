import io
import sys

import pytest

from apps.documents.errors import FileRefused
from apps.documents.ingest.detect import detect_kind
from tests.documents.files import LONG, make_docx, make_pdf, make_zip
from tests.documents.ole import make_ole

OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
TYPES = '<Types><Override PartName="/x" ContentType="application/vnd.{}+xml"/></Types>'
WORD = "openxmlformats-officedocument.wordprocessingml.{}.main"
MAIL = b"Received: by example.org\r\nFrom: Ada <ada@example.org>\r\nSubject: Hi\r\nMIME-Version: 1.0\r\n\r\nWords.\r\n"


def kind(data: bytes | str, name: str = "file") -> str:
    return detect_kind(io.BytesIO(data.encode() if isinstance(data, str) else data), name)


def refusal(data: bytes | str, name: str = "file") -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        kind(data, name)
    return caught.value


def office(main: str, **members: bytes) -> bytes:
    return make_zip({"[Content_Types].xml": TYPES.format(main).encode(), **members})


def open_document(kind: str, manifest: bytes = b"<m/>") -> bytes:
    return make_zip({"mimetype": b"application/vnd.oasis.opendocument." + kind.encode(), "content.xml": b"<x/>", "META-INF/manifest.xml": manifest})


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (make_pdf(["Hello"]), "a.txt", "pdf"),
        (b"\xef\xbb\xbf\r\n" + make_pdf(["Hello"]), "a", "pdf"),
        (b"\x00\x01printer job\x02" + make_pdf(["Hello"]), "a", "pdf"),
        (b"@PJL SET JOB\n" + make_pdf(["Hello"]), "a", "pdf"),
        (b"GIF89a" + make_pdf(["Hello"]), "a", "pdf"),
        (make_docx(), "a.pdf", "docx"),
        (b"<!DOCTYPE html><p>Hi</p>", "a.txt", "html"),
        (b"\xef\xbb\xbf <!-- saved --><HTML><p>Hi</p>", "a.txt", "html"),
        (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><p>Hi</p></html>', "a", "html"),
        (b"<html><p>How to begin a PDF: %PDF-1.4 and %%EOF</p></html>", "a", "html"),
        (b"<div>Hi <b>you</b></div>", "a", "html"),
        (b"Loose words <html><body>and a page</body></html>", "a", "html"),
        ("<html><p>Hi</p></html>".encode("utf-16"), "a", "html"),
        ("<html><p>Hi</p></html>".encode("utf-16-le"), "a", "html"),
        (b"# Title\n\n- one\n- two\n", "a.txt", "markdown"),
        (b"Just words.", "README.MD", "markdown"),
        (b"# a comment\nx = 1\n", "a.py", "text"),
        (b"In HTML the part <body> holds what is shown.", "a.txt", "text"),
        (b"<note><to>you</to></note>", "a.xml", "text"),
        (b"Just words.", "a.html", "text"),
        (b"MZ is how programs begin.", "a", "text"),
        (b"BM is how pictures begin.", "a", "text"),
        (b"%PDF- is how a PDF begins.", "a", "text"),
        (b"How a PDF begins: %PDF-1.4", "a", "text"),
        ("Grüße".encode("cp1252"), "a.txt", "text"),
        ("Wörter ".encode() * 20_000, "a.txt", "text"),
        (b"x" * 65535 + "é".encode(), "a.txt", "text"),
        ("Hi".encode("utf-16"), "a.txt", "text"),
        ("Привет мир".encode("koi8-r"), "a", "text"),
        ("日本語のテキスト".encode("shift_jis"), "a", "text"),
        (b"{\\rtf1 hello}", "a.doc", "rtf"),
        (b"\r\n{\\rtf1 hello}", "a.doc", "rtf"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "a", "image"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "a", "image"),
        (b"II*\x00" + bytes(20), "a", "image"),
        (b"MM\x00*" + bytes(20), "a", "image"),
        (open_document("text"), "a", "odt"),
        (open_document("text-template"), "a", "odt"),
        (open_document("spreadsheet"), "a", "ods"),
        (open_document("presentation"), "a", "odp"),
        (make_zip({"content.xml": b"<x/>", "META-INF/manifest.xml": b'<m m:media-type="application/vnd.oasis.opendocument.text"/>'}), "a", "odt"),
        (make_zip({"mimetype": b"application/epub+zip\n"}), "a", "epub"),
        (make_zip({"META-INF/container.xml": b"<x/>"}), "a.zip", "epub"),
        (office(WORD.format("document")), "a", "docx"),
        (office(WORD.format("template")), "a", "docx"),
        (office("ms-word.document.macroEnabled.main"), "a", "docx"),
        (office("ms-word.template.macroEnabledTemplate.main"), "a", "docx"),
        (office("openxmlformats-officedocument.presentationml.slideshow.main"), "a", "pptx"),
        (office("ms-powerpoint.presentation.macroEnabled.main"), "a", "pptx"),
        (office("openxmlformats-officedocument.spreadsheetml.sheet.main"), "a", "xlsx"),
        (office("ms-excel.sheet.macroEnabled.main"), "a", "xlsx"),
        (make_zip({"xl/workbook.xml": b"<a/>"}), "a", "xlsx"),
        (make_zip({"ppt/presentation.xml": b"<a/>"}), "a", "pptx"),
        (make_ole({"__properties_version1.0": b"", "Embedded": {"WordDocument": b""}}), "a.doc", "msg"),
        (OLE2 + "__properties_version1.0".encode("utf-16-le"), "cut.msg", "msg"),
    ],
)
def test_the_bytes_decide_what_a_file_is(data, name, expected):
    assert kind(data, name) == expected


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (MAIL.decode(), "a.txt", "eml"),
        ("From ada@example.org Sat Nov 21 2026\n" + MAIL.decode(), "a", "eml"),
        ("X-A: 1\r\nX-B: 2\r\nX-C: 3\r\n" + MAIL.decode(), "a", "eml"),
        ("Foo: 1\nBar: 2\nBaz: 3\nQux: 4\nOne: 5\n" + MAIL.decode(), "a", "eml"),
        ("From: <Saved by Blink>\nSubject: Page\nDate: today\nMIME-Version: 1.0\n\n", "a.mhtml", "eml"),
        ("From: Ada\nTo: Bob\nSubject: Lunch\n\nAt noon.", "a", "eml"),
        ("Subject: Draft\nTo: Bob\n\nNot sent.", "draft.eml", "eml"),
        ("Subject: algebra\nDate: tomorrow\n\nBring paper.", "a", "text"),
        ("Note: this is no mail.\nFrom: here on, read slowly.\n", "a", "text"),
        ("From: Ada\nTo: Bob\nhello there\n", "a", "text"),
        ("name: quire\nversion: 1\ndate: 2026\nsubject: x\nfrom: y\n# yaml\n", "a.yml", "text"),
        ("a,b,c\n1,2,3\n4,5,6\n", "a", "csv"),
        ('a;b;c\n"1\n1";2;3\n4;5;6\n', "a.txt", "csv"),
        ("a\tb\n1\t2\n3\t4\n", "a", "csv"),
        ("a,b,c\n" + "1,2,3\n" * 20_000, "a", "csv"),
        ("1,2,3\na,b,c,d\n", "a.csv", "csv"),
        ("one column\nof names\n", "names.CSV", "csv"),
        ("sep=;\na;b\n", "a", "csv"),
        ("Well, yes, no.\nOne, two, three.\nRed, white, blue.\n", "a", "text"),
        ('He said "so, then, there\nand, then, nothing"x\nmore, and, more\n', "a", "text"),
        ("a,b,c\n1,2,3\n", "a", "text"),
        ("a, b, c, d, e\n1, 2, 3, 4, 5\n6, 7, 8, 9, 0\n", "a", "csv"),
        ((LONG * 4 + "\n") * 20, "a", "text"),
        ("Some prose.\nMore of it.\nAnd more.\n", "a.log", "text"),
    ],
)
def test_mail_and_tables_are_told_from_other_texts(text, name, expected):
    assert kind(text, name) == expected


@pytest.mark.parametrize(
    ("data", "reason", "words"),
    [
        (b"", "empty", "empty"),
        (b" \n\t\x00", "empty", "empty"),
        (b"\xef\xbb\xbf ", "empty", "empty"),
        (b"\x89PNG\n\x1a\n", "unsupported_type", "Transfer it again"),
        (b"GIF89a\x00", "unsupported_type", "Save it as PNG"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "unsupported_type", "WebP"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "unsupported_type", "sound"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "unsupported_type", "video"),
        (b"\x00\x00\x00\x18ftypheic", "unsupported_type", "HEIC"),
        (b"\x00\x00\x00\x18ftypmp42", "unsupported_type", "video"),
        (b"BM\x00\x00\x01\x00\x00\x00\x00\x00\x36", "unsupported_type", "BMP"),
        (b"x" * 60 + b"BOOKMOBI" + bytes(40), "unsupported_type", "EPUB"),
        (b"name" + bytes(253) + b"ustar\x00", "unsupported_type", "tar"),
        (b"\x1f\x8b\x08\x00", "unsupported_type", "gzip"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(30), "unsupported_type", "Unpack it"),
        (b"AT&TFORM" + bytes(8), "unsupported_type", "DjVu"),
        (b"%!PS-Adobe", "unsupported_type", "PostScript"),
        (b"\x78\x9f\x3e\x22" + bytes(30), "unsupported_type", "winmail.dat"),
        (b"MZ\x90\x00\x03\x00\x00\x00", "unsupported_type", "program"),
        (b"\x7fELF\x02\x01\x01\x00", "unsupported_type", "program"),
        (b"ID3\x03\x00\x00\x00\x00", "unsupported_type", "sound"),
        (b"SQLite format 3\x00\x01\x01\x00\x00", "unsupported_type", "database"),
        (b'<?xml version="1.0"?><svg xmlns="x"><text>a</text></svg>', "unsupported_type", "SVG"),
        (b'<?xml version="1.0"?><office:document office:version="1.3"/>', "unsupported_type", "ODT"),
        (b'<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument/>', "unsupported_type", "save it as DOCX"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "unsupported_type", "save it as XLSX"),
        (MAIL + b"\r\n\r\nFrom ada@example.org Sat Nov 21 2026\r\n" + MAIL, "unsupported_type", "mailbox"),
        (OLE2, "unsupported_type", "save it as DOCX"),
        (OLE2[:100], "unsupported_type", "broken"),
        (OLE2 + "EncryptedPackage".encode("utf-16-le"), "encrypted", "password"),
        (make_ole({"EncryptedPackage": b"", "EncryptionInfo": b""}), "encrypted", "password"),
        (make_ole({"WordDocument": b""}), "unsupported_type", "a Word file of the format before 2007 (.doc). Open it in Word"),
        (make_ole({"Workbook": b""}), "unsupported_type", "an Excel file of the format before 2007 (.xls)"),
        (make_ole({"PowerPoint Document": b""}), "unsupported_type", "save it as PPTX"),
        (make_ole({"VisioDocument": b""}), "unsupported_type", "Visio"),
        (make_ole({"\x05HwpSummaryInformation": b""}), "unsupported_type", "Hangul"),
        (make_ole({"Other": b""}), "unsupported_type", "old Office format"),
        (bytes(range(1, 30)) * 50, "unsupported_type", "Quire reads PDF"),
        (make_zip({"photo.jpg": b"x"}), "unsupported_type", "one by one"),
        (make_zip({}), "unsupported_type", "zip archive"),
        (make_zip({"xl/workbook.bin": b"x"}), "unsupported_type", ".xlsb"),
        (make_zip({"Index/Document.iwa": b"x"}), "unsupported_type", "Pages"),
        (make_zip({"FixedDocSeq.fdseq": b"x"}), "unsupported_type", "XPS"),
        (make_zip({"META-INF/MANIFEST.MF": b"x"}), "unsupported_type", "program"),
        (make_zip({"mimetype": b"x" * 5000}), "unreadable", "broken"),
        (open_document("graphics"), "unsupported_type", "drawing"),
        (open_document("text", b"<m:encryption-data/>"), "encrypted", "password"),
        (make_docx()[:700], "unreadable", "incomplete"),
        (make_zip({"word/document.xml": b"\x00" * 30_000_000}), "too_large", "unpacks"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(data, reason, words):
    refused = refusal(data)
    assert refused.reason == reason
    assert words in refused.detail


@pytest.mark.parametrize("size", [1, 76, 512, 600, 1024, 1536])
def test_a_container_cut_anywhere_is_refused_or_told(size):
    data = make_ole({"WordDocument": b"", "Folder": {"x": b""}})
    assert refusal(data[:8] + data[8 : 8 + size]).reason in ("unsupported_type", "unreadable")


@pytest.mark.parametrize(("at", "value"), [(30, b"\x00\x00"), (48, b"\x01\x00\x00\x00"), (48, b"\xff\xff\xff\x7f"), (76, b"\xfe\xff\xff\xff")])
def test_a_container_with_a_broken_directory_is_refused(at, value):
    data = bytearray(make_ole({"WordDocument": b""}))
    data[at : at + len(value)] = value
    assert ".doc" in refusal(bytes(data)).detail


def test_a_directory_that_goes_in_circles_ends():
    data = bytearray(make_ole({"A": b"", "B": b""}))
    # The second sector, the directory, is followed by itself; the first entry's sibling is itself.
    data[512 + 4 : 512 + 8] = b"\x01\x00\x00\x00"
    data[1024 + 128 + 72 : 1024 + 128 + 76] = b"\x01\x00\x00\x00"
    assert refusal(bytes(data)).reason == "unsupported_type"


def test_the_library_for_charsets_is_not_loaded_to_tell_a_kind():
    sys.modules.pop("charset_normalizer", None)
    kind("Привет".encode("cp1251"))
    assert "charset_normalizer" not in sys.modules
