"""Files that are not what they are called, and files that are two things at once."""

from collections.abc import Callable, Iterator
from functools import partial

from tests.documents.hostile.good import GOOD, WORDS, ZIPPED, good
from tests.documents.hostile.shapes import Hostile, listed, make_zip, read_zip

_HTML = f"<!doctype html><html><body><p>{WORDS}</p><script>alert(1)</script></body></html>".encode()
_GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
# What each suffix is given instead of its own bytes.
_DISGUISES = {
    ".pdf": (".docx", ".png", ".html", ".eml"),
    ".docx": (".pdf", ".xlsx", ".odt", ".txt", ".msg"),
    ".pptx": (".docx", ".epub", ".jpg"),
    ".xlsx": (".pptx", ".csv", ".ods"),
    ".odt": (".ods", ".docx", ".rtf"),
    ".html": (".pdf", ".md", ".png"),
    ".md": (".html", ".xlsx", ".tif"),
    ".txt": (".pdf", ".docx", ".jpg", ".eml", ".rtf"),
    ".csv": (".xlsx", ".html"),
    ".eml": (".msg", ".pdf", ".txt"),
    ".msg": (".eml", ".docx"),
    ".epub": (".odt", ".pdf"),
    ".png": (".jpg", ".pdf", ".txt"),
    ".rtf": (".docx", ".html"),
}
_STRANGERS: dict[str, bytes] = {
    "program.pdf": b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00\x3e\x00" + bytes(400),
    "windows program.docx": b"MZ\x90\x00" + bytes(400),
    "gzip.txt": b"\x1f\x8b\x08\x00" + bytes(100),
    "seven zip.xlsx": b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(100),
    "rar.docx": b"Rar!\x1a\x07\x01\x00" + bytes(100),
    "postscript.pdf": b"%!PS-Adobe-3.0\n(words) show\n",
    "java.pdf": b"\xca\xfe\xba\xbe\x00\x00\x00\x34" + bytes(200),
    "database.txt": b"SQLite format 3\x00" + bytes(2000),
    "video.pdf": b"\x00\x00\x00\x18ftypmp42" + bytes(300),
    "wave.md": b"RIFF\x24\x08\x00\x00WAVEfmt " + bytes(200),
    "webp.png": b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(200),
    "bitmap.png": b"BM" + bytes(200),
    "icon.png": b"\x00\x00\x01\x00\x01\x00" + bytes(200),
    "picture.svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><text>words</text></svg>',
    "pickle.txt": b"\x80\x04\x95\x1d\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x8c\x06system\x93\x94\x8c\x04true\x85R.",
    "tar.docx": b"word/document.xml".ljust(100, b"\0") + b"0000644\0" + bytes(149) + b"ustar\x0000" + bytes(300),
    "xls.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "Workbook".encode("utf-16-le") + bytes(512),
    "only a head.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "plain xml.docx": b'<?xml version="1.0"?><pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage"/>',
    "any zip.zip": make_zip({"readme.txt": WORDS, "more/readme.txt": WORDS}),
    "empty zip.docx": make_zip({}),
}


def wrong_types() -> Iterator[Hostile]:
    for suffix, others in _DISGUISES.items():
        yield from listed("wrong type", suffix, {f"really {other[1:]}": partial(other_than_all, other, suffix) for other in others})
    strangers = {name: partial(bytes, data) for name, data in _STRANGERS.items()}
    yield from listed("wrong type", "", strangers)
    named = {"no suffix at all": ".docx", "upper.PDF": ".rtf", "two.pdf.txt": ".pdf"}
    yield from listed("wrong type", "", {name: partial(other_than_all, suffix, name) for name, suffix in named.items()})


def other_than_all(suffix: str, mark: str) -> bytes:
    """A good file, but for bytes that make it another one than the same under another name."""
    data = good(suffix)
    if suffix in ZIPPED:
        return make_zip({**read_zip(data), f"marked{mark}": b""})
    return data + (f"\n%%{mark}\n" if suffix == ".pdf" else f"\n{mark}\n").encode()


def polyglots() -> Iterator[Hostile]:
    makers: dict[str, Callable[[], bytes]] = {
        "page before a.pdf": lambda: _HTML + b"\n" + good(".pdf"),
        "page after a.pdf": lambda: good(".pdf") + b"\n" + _HTML,
        "zip after a.pdf": lambda: good(".pdf") + make_zip({"one.txt": WORDS}),
        "docx after a.pdf": lambda: good(".pdf") + good(".docx"),
        "pdf head before a.docx": lambda: b"%PDF-1.7\n" + good(".docx"),
        "pdf inside a zip.docx": lambda: make_zip({**read_zip(good(".docx")), "a.pdf": good(".pdf")}),
        "gif and page.html": lambda: _GIF + _HTML,
        "gif and zip.docx": lambda: _GIF + good(".docx"),
        "gif and script.gif": lambda: b"GIF89a=1;alert(1);//" + _GIF[10:],
        "jpeg and zip.jpg": lambda: good(".jpg") + good(".epub"),
        "jpeg with a page in it.html": lambda: good(".jpg")[:2] + b"\xff\xfe" + (len(_HTML) + 2).to_bytes(2, "big") + _HTML + good(".jpg")[2:],
        "png and pdf.png": lambda: good(".png") + good(".pdf"),
        "word and excel at once.docx": lambda: make_zip({**read_zip(good(".xlsx")), **read_zip(good(".docx"))}),
        "all three of Office.pptx": lambda: make_zip({**read_zip(good(".xlsx")), **read_zip(good(".docx")), **read_zip(good(".pptx"))}),
        "book and text.epub": lambda: make_zip({**read_zip(good(".epub")), **read_zip(good(".odt"))}),
        "two archives.docx": lambda: good(".docx") + good(".xlsx"),
        "mail that begins as a page.eml": lambda: _HTML + b"\r\n\r\n" + good(".eml"),
        "rtf with a pdf behind it.rtf": lambda: good(".rtf") + good(".pdf"),
        "text with an archive behind it.txt": lambda: WORDS.encode() * 20 + good(".docx"),
        "tiff and pdf.tif": lambda: good(".tif")[:8] + good(".pdf"),
        "program and zip.docx": lambda: b"MZ" + bytes(200) + good(".docx"),
        "every head at once.txt": lambda: b"%PDF-1.4\nPK\x03\x04\x89PNG\r\n\x1a\n{\\rtf1 <html>From: a\r\nSubject: b\r\n\r\n" + WORDS.encode(),
    }
    yield from listed("polyglot", "", makers)


assert set(_DISGUISES) <= set(GOOD)
