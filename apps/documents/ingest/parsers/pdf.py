"""PDF: the text layer, page by page, each word with its box.

pdfium is not thread-safe, so one file is read at a time in a process. Pages are read one after
the other and let go; what is kept of a page is its blocks.
"""

import re
import threading
from collections import Counter
from pathlib import Path
from typing import Any

from apps.documents.errors import EncryptedFile, FileRefused, NoText, UnreadableFile
from apps.documents.ingest.limits import check_pages, check_text
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.parsers.pdf_blocks import PageStyle, make_blocks
from apps.documents.ingest.parsers.pdf_lines import Line, read_lines
from apps.documents.ingest.types import Page, Parsed, Progress
from apps.documents.types import Unit

_SAMPLE_PAGES = 24
_NO_PAGES = re.compile(rb"/Count\s+0\b")
_HEADING_RATIO = 1.15
_HEADING_LEVELS = 4
_pdfium = threading.Lock()
# pypdfium2 has no types.
PdfDocument = Any


class PdfParser:
    name = "pdf"
    version = 1

    def parse(self, path: Path, progress: Progress, desk: Desk = BARE) -> Parsed:
        with _pdfium:
            document = _open(path)
            try:
                return _read(document, progress)
            finally:
                document.close()


def _open(path: Path) -> PdfDocument:
    import pypdfium2

    _forget_last_error()
    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise _refusal(path) from error


def _forget_last_error() -> None:
    """Set pdfium's last error to "not a PDF": it keeps an older one where a load fails without any."""
    from pypdfium2 import raw

    raw.FPDF_LoadMemDocument(b"-", 1, None)


def _refusal(path: Path) -> FileRefused:
    from pypdfium2 import raw

    if raw.FPDF_GetLastError() == raw.FPDF_ERR_PASSWORD:
        return EncryptedFile("This PDF is protected by a password. Save it without one and upload it again.")
    if _NO_PAGES.search(path.read_bytes()):
        return UnreadableFile("This PDF has no pages.")
    return UnreadableFile("This PDF is broken: it cannot be opened.")


def _read(document: PdfDocument, progress: Progress) -> Parsed:
    total = len(document)
    check_pages(total)
    sample = _sample(document, total)
    style = _style(sample)
    pages: list[Page] = []
    parsed = Parsed(title="", pages=pages, page_count=total, unit=Unit.PAGE)
    chars = 0
    for index in range(total):
        lines = sample.pop(index) if index in sample else _lines(document, index)
        if lines is None:
            parsed.unread_pages.append(index + 1)
        elif lines:
            page = Page(index + 1, make_blocks(lines, style))
            chars += len(page.text)
            check_text(chars)
            pages.append(page)
        progress(index + 1, total)
    if not pages:
        raise _without_text(parsed)
    return parsed


def _without_text(parsed: Parsed) -> FileRefused:
    if not parsed.unread_pages:
        return NoText("The pages of this PDF are empty.")
    count = len(parsed.unread_pages)
    pages = "Its page has" if count == 1 else f"Its {count:,} pages have"
    return NoText(f"This PDF has no text that can be read. {pages} to go through text recognition (OCR) first. Upload a version with text.")


def _sample(document: PdfDocument, total: int) -> dict[int, list[Line] | None]:
    step = max(1, -(-total // _SAMPLE_PAGES))
    return {index: _lines(document, index) for index in range(0, total, step)}


def _lines(document: PdfDocument, index: int) -> list[Line] | None:
    """Return the page's lines; [] for a blank page, None for one that cannot be read as text."""
    import pypdfium2

    try:
        page = document[index]
    except pypdfium2.PdfiumError:
        return None
    try:
        text_page = page.get_textpage()
    except pypdfium2.PdfiumError:
        page.close()
        return None
    try:
        lines = read_lines(text_page)
        if lines or lines is None:
            return lines
        return None if _shows_something(page) else []
    finally:
        text_page.close()
        page.close()


def _shows_something(page: Any) -> bool:
    from pypdfium2 import raw

    return bool(raw.FPDFPage_CountObjects(page) > 0)


def _style(sample: dict[int, list[Line] | None]) -> PageStyle:
    """Find the size of running text and the sizes above it, which are headings."""
    sizes: Counter[float] = Counter()
    bold = 0
    for lines in sample.values():
        for line in lines or ():
            length = len(line.text)
            sizes[line.size] += length
            bold += length * line.is_bold
    if not sizes:
        return PageStyle()
    body = max(sizes, key=lambda size: (sizes[size], -size))
    larger = sorted((size for size in sizes if size >= body * _HEADING_RATIO), reverse=True)
    return PageStyle(
        body_size=body,
        heading_sizes=tuple(larger[:_HEADING_LEVELS]),
        is_mostly_bold=bold * 2 > sizes.total(),
    )
