"""Files for the tests, made here and now: nothing of anybody's is kept in the repository."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

LONG = "Paper is made from fibres that were beaten, drained and pressed. "


def write(folder: Path, data: bytes | str, name: str = "original") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def make_pdf(pages: Sequence[str], *, encrypt: str = "", title_size: int = 0) -> bytes:
    """A page a text; each line of it is drawn as one line, the first as a heading if asked."""
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, encrypt=StandardEncryption(encrypt) if encrypt else None)
    for page in pages:
        height = 780
        for number, line in enumerate(page.splitlines()):
            size = title_size if title_size and number == 0 else 11
            canvas.setFont("Helvetica", size)
            canvas.drawString(72, height, line)
            height -= 2 * size if number == 0 and title_size else 14
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def make_picture_pdf() -> bytes:
    """A page that shows something, but has no text."""
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.rect(100, 100, 200, 200, fill=1)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def make_empty_pdf() -> bytes:
    """A well-formed PDF without pages."""
    import pypdfium2

    out = io.BytesIO()
    pypdfium2.PdfDocument.new().save(out)
    return out.getvalue()


def make_docx() -> bytes:
    """Title, headings, lists and a table, in this order."""
    import docx

    document = docx.Document()
    document.add_heading("The binder's book", level=0)
    document.add_heading("Tools", level=1)
    document.add_paragraph("A bone folder creases paper without tearing it.")
    document.add_paragraph("Awl", style="List Bullet")
    document.add_paragraph("Needle", style="List Bullet 2")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip((c for row in table.rows for c in row.cells), ["Tool", "Use", "Awl", "Holes | slots"], strict=True):
        cell.text = text
    document.add_heading("Thread", level=2)
    document.add_paragraph("Linen thread is waxed before sewing.")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def make_zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


HANDBOOK_PAGE = """# Binding

A quire is a gathering of leaves before binding.

## Sewing

Sew the quires on cords with waxed linen thread.
"""
