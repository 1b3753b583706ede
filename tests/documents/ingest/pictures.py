"""Pictures of words for the tests, drawn here and now."""

import io
from pathlib import Path
from typing import Any

import pytest

from apps.documents.ingest.ocr import find_languages

has_ocr = pytest.mark.skipif("eng" not in find_languages(), reason="Tesseract with English is not installed here.")


def draw(*lines: str, size: int = 40, width: int = 1200, height: int = 0, mode: str = "L") -> Any:
    """A white page with black lines of text."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("L", (width, height or 120 + 2 * size * len(lines)), 255)
    pen = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        pen.text((60, 60 + 2 * size * number), line, fill=0, font=ImageFont.load_default(size))
    return image.convert(mode)


def as_bytes(image: Any, form: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def scanned_pdf(*images: Any, turn: int = 0) -> bytes:
    """A PDF whose pages are nothing but pictures, each shown turned by so many degrees."""
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out)
    for image in images:
        width, height = image.width * 72 / 300, image.height * 72 / 300
        canvas.setPageSize((width, height))
        canvas.drawImage(ImageReader(image), 0, 0, width, height)
        canvas.showPage()
    canvas.save()
    return turned(out.getvalue(), turn) if turn else out.getvalue()


def turned(data: bytes, degrees: int) -> bytes:
    """The same PDF, its pages shown turned."""
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    for page in document:
        page.set_rotation(degrees)
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


def write(folder: Path, data: bytes) -> Path:
    path = folder / "original"
    path.write_bytes(data)
    return path
