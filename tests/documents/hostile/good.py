"""A good file of every kind, to be spoilt by the others."""

# ruff: noqa: E501  (pieces of files are not broken into lines)

import io
from collections.abc import Callable
from functools import cache

from tests.documents.hostile.compound import make_compound
from tests.documents.hostile.shapes import make_zip, settled

WORDS = "Paper is made from fibres that were beaten, drained and pressed. Linen thread is waxed before sewing."
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
_HTML = f"""<!doctype html><html><head><title>Binding</title></head><body><article><h1>Binding</h1><p>{WORDS}</p>
<ul><li>Awl<li>Needle</ul><table><tr><th>Tool<th>Use<tr><td>Awl<td>Holes</table></article></body></html>"""
_MAIL = f"""From: Ann <ann@example.org>\r
To: Ben <ben@example.org>\r
Subject: Binding\r
Date: Thu, 1 Jan 2026 10:00:00 +0000\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary="cut"\r
\r
--cut\r
Content-Type: text/plain; charset=utf-8\r
\r
{WORDS}\r
--cut\r
Content-Type: text/plain; name="notes.txt"\r
Content-Disposition: attachment; filename="notes.txt"\r
\r
{WORDS} It is the attachment.\r
--cut--\r
"""


def pdf() -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for page in range(3):
        canvas.drawString(72, 780, f"Page {page + 1}. {WORDS[:60]}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def docx() -> bytes:
    import docx as library

    document = library.Document()
    document.add_heading("The binder's book", level=1)
    document.add_paragraph(WORDS)
    table = document.add_table(rows=2, cols=2)
    for number, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"Cell {number}"
    out = io.BytesIO()
    document.save(out)
    return settled(out.getvalue())


def pptx() -> bytes:
    from pptx import Presentation

    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Binding"
    slide.placeholders[1].text = WORDS
    slide.notes_slide.notes_text_frame.text = "Say it slowly."
    out = io.BytesIO()
    deck.save(out)
    return settled(out.getvalue())


def xlsx() -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.append(["Tool", "Use", "Price"])
    for number in range(20):
        sheet.append([f"Tool {number}", WORDS[:40], number])
    out = io.BytesIO()
    book.save(out)
    return settled(out.getvalue())


def _opendocument(what: str, body: str) -> bytes:
    spaces = " ".join(
        f'xmlns:{name}="{_OFFICE}:{"drawing" if name == "draw" else name}:1.0"' for name in ("office", "text", "table", "draw", "presentation", "style")
    )
    spaces += ' xmlns:xlink="http://www.w3.org/1999/xlink"'
    content = f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} office:version="1.3"><office:body>{body}</office:body></office:document-content>'
    mime = f"application/vnd.oasis.opendocument.{what}"
    manifest = f'<?xml version="1.0"?><m:manifest xmlns:m="{_OFFICE}:manifest:1.0"><m:file-entry m:full-path="/" m:media-type="{mime}"/><m:file-entry m:full-path="content.xml" m:media-type="text/xml"/></m:manifest>'
    return make_zip({"mimetype": mime, "content.xml": content, "META-INF/manifest.xml": manifest})


def odt(body: str = f'<text:h text:outline-level="1">Binding</text:h><text:p>{WORDS}</text:p>') -> bytes:
    return _opendocument("text", f"<office:text>{body}</office:text>")


def ods(
    rows: str = f"<table:table-row><table:table-cell><text:p>Tool</text:p></table:table-cell><table:table-cell><text:p>{WORDS}</text:p></table:table-cell></table:table-row>",
) -> bytes:
    return _opendocument("spreadsheet", f'<office:spreadsheet><table:table table:name="Tools">{rows}</table:table></office:spreadsheet>')


def odp(body: str = f"<draw:frame><draw:text-box><text:p>{WORDS}</text:p></draw:text-box></draw:frame>") -> bytes:
    return _opendocument("presentation", f'<office:presentation><draw:page draw:name="one">{body}</draw:page></office:presentation>')


def rtf() -> bytes:
    return (r"{\rtf1\ansi{\fonttbl{\f0 Times;}}\f0 {\b Binding}\par " + WORDS + r"\par \u8364? 5\par}").encode("ascii")


def epub(chapter: str | None = None) -> bytes:
    chapter = (
        chapter
        or f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>One</title></head><body><h1>One</h1><p>{WORDS}</p></body></html>'
    )
    container = '<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    package = """<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">one</dc:identifier><dc:title>Binding</dc:title><dc:language>en</dc:language></metadata><manifest><item id="c1" href="one.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="c1"/></spine></package>"""
    return make_zip({"mimetype": "application/epub+zip", "META-INF/container.xml": container, "OEBPS/content.opf": package, "OEBPS/one.xhtml": chapter})


def msg() -> bytes:
    """As Outlook keeps a mail: properties in a compound file."""

    def text(value: str) -> bytes:
        return value.encode("utf-16-le")

    fields = {"001A": "IPM.Note", "0037": "Binding", "1000": WORDS, "0C1A": "Ann", "0C1F": "ann@example.org", "0E04": "Ben"}
    entries = b"".join(
        bytes.fromhex("1F00") + int(tag, 16).to_bytes(2, "little") + b"\x06\0\0\0" + (len(text(value)) + 2).to_bytes(8, "little")
        for tag, value in fields.items()
    )
    streams = {f"__substg1.0_{tag}001F": text(value) for tag, value in fields.items()}
    named = dict.fromkeys(
        ["__nameid_version1.0/__substg1.0_00020102", "__nameid_version1.0/__substg1.0_00030102", "__nameid_version1.0/__substg1.0_00040102"], b""
    )
    return make_compound({"__properties_version1.0": bytes(32) + entries, **streams, **named})


def _picture(kind: str) -> bytes:
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (900, 160), "white")
    ImageDraw.Draw(picture).text((20, 50), "Linen thread is waxed", fill="black", font=ImageFont.load_default(48))
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


# By suffix.
GOOD: dict[str, Callable[[], bytes]] = {
    ".pdf": pdf,
    ".docx": docx,
    ".pptx": pptx,
    ".xlsx": xlsx,
    ".odt": odt,
    ".ods": ods,
    ".odp": odp,
    ".rtf": rtf,
    ".html": _HTML.encode,
    ".md": f"# Binding\n\n{WORDS}\n\n- Awl\n- Needle\n\n| Tool | Use |\n|---|---|\n| Awl | Holes |\n".encode,
    ".txt": (f"{WORDS}\n\n" * 5).encode,
    ".csv": ("Tool,Use\n" + "".join(f'Tool {number},"{WORDS}"\n' for number in range(10))).encode,
    ".eml": _MAIL.encode,
    ".msg": msg,
    ".epub": epub,
    ".png": lambda: _picture("PNG"),
    ".jpg": lambda: _picture("JPEG"),
    ".tif": lambda: _picture("TIFF"),
}
ZIPPED = (".docx", ".pptx", ".xlsx", ".odt", ".ods", ".odp", ".epub")
MAIN_MEMBERS = {
    ".docx": "word/document.xml",
    ".pptx": "ppt/slides/slide1.xml",
    ".xlsx": "xl/worksheets/sheet1.xml",
    ".odt": "content.xml",
    ".ods": "content.xml",
    ".odp": "content.xml",
    ".epub": "OEBPS/one.xhtml",
}


@cache
def good(suffix: str) -> bytes:
    return GOOD[suffix]()
