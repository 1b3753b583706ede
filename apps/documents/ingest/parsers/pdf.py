"""PDF: page by page, each word with its box; pages that have no usable text go through text recognition.

pdfium is not thread-safe: it is asked under a lock, never held while a page is handed on or recognised. Pages come as they
are read and are let go; a few are looked at ahead, to know what is said on each of them.
"""

import re
import threading
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from apps.documents.errors import EncryptedFile, FileRefused, NoText, UnreadableFile
from apps.documents.ingest.limits import check_pages, check_text
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.parsers.pdf_annotations import draw_answers, flattened
from apps.documents.ingest.parsers.pdf_blocks import PageStyle, make_blocks
from apps.documents.ingest.parsers.pdf_lines import Line, turn_back
from apps.documents.ingest.parsers.pdf_margins import PAGES_AFTER, PAGES_BEFORE, Margin, margins, running
from apps.documents.ingest.parsers.pdf_order import rows_in_order
from apps.documents.ingest.parsers.pdf_page import PageContent, items_of, read_text_layer, recognise, take_shot
from apps.documents.ingest.parsers.scan import scan_blocks
from apps.documents.ingest.types import Block, Page, Parsed, Progress
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
    version = 3

    def parse(self, path: Path, progress: Progress, desk: Desk = BARE) -> Parsed:
        with _pdfium:
            document = _open(path)
            try:
                total = len(document)
                check_pages(total)
                style = _style(document, total)
            except BaseException:
                document.close()
                raise
        parsed = Parsed(title="", pages=(), page_count=total, unit=Unit.PAGE)
        parsed.pages = _Reading(document, parsed, progress, desk, style).pages()
        return parsed


def _open(path: Path) -> PdfDocument:
    import pypdfium2

    _forget_last_error()
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise _refusal(path) from error
    draw_answers(document)
    return document


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


class _Reading:
    """Reads the pages of one document, one after the other."""

    def __init__(self, document: PdfDocument, parsed: Parsed, progress: Progress, desk: Desk, style: PageStyle) -> None:
        self._document = document
        self._parsed = parsed
        self._progress = progress
        self._desk = desk
        self._style = style
        self._total = parsed.page_count or 0
        self._broken_pages = 0
        self._margins: deque[_Edges] = deque(maxlen=PAGES_BEFORE + 1 + PAGES_AFTER)

    def pages(self) -> Iterator[Page]:
        """Yield the pages that have text; raises `NoText` at the end if none has."""
        chars = 0
        bare: list[Page] = []
        try:
            for content in self._with_margins():
                blocks = self._blocks(content, self._running(content))
                if not blocks:
                    bare += [Page(content.number, self._blocks(content, frozenset()))] if not chars and content.lines else []
                    continue
                page = Page(content.number, blocks)
                chars += len(page.text)
                check_text(chars)
                yield page
        finally:
            with _pdfium:
                self._document.close()
        if not chars and not bare:
            raise self._without_text()
        # Of a document that says nothing else, even its page numbers are text.
        yield from bare if not chars else ()

    def _with_margins(self) -> Iterator[PageContent]:
        """Yield what is on each page when the pages after it were looked at, too."""
        waiting: deque[PageContent] = deque()
        for index in range(self._total):
            content = self._read(index)
            if content.is_unread:
                self._parsed.unread_pages.append(content.number)
            self._margins.append(_edges(content))
            waiting.append(content)
            self._progress(index + 1, self._total)
            if len(waiting) > PAGES_AFTER:
                yield waiting.popleft()
        yield from waiting

    def _read(self, index: int) -> PageContent:
        import pypdfium2

        shot = None
        with _pdfium:
            try:
                page = self._document[index]
            except pypdfium2.PdfiumError:
                return self._broken(index)
            try:
                page = flattened(self._document, index, page)
                content = read_text_layer(page, index + 1)
                if content.is_unread and self._desk.ocr_languages:
                    shot = take_shot(page)
            except pypdfium2.PdfiumError:
                return self._broken(index)
            finally:
                page.close()
        if shot is not None:
            self._alive(index)
            recognise(content, shot, self._desk.ocr_languages, lambda: self._alive(index))
        return content

    def _broken(self, index: int) -> PageContent:
        self._broken_pages += 1
        return PageContent(index + 1, is_unread=True)

    def _alive(self, index: int) -> None:
        self._progress(index, self._total)

    def _running(self, content: PageContent) -> frozenset[int]:
        """Return the ids of the words that are said on each page and are part of no sentence."""
        others = [margin for page in self._margins for margin in page.margins]
        (own,) = (page for page in self._margins if page.number == content.number)
        found = running(own.margins, others, self._style.body_size, own.line_count)
        return frozenset(id(word) for line in found for word in line.words)

    def _blocks(self, content: PageContent, dropped: frozenset[int]) -> tuple[Block, ...]:
        if content.paragraphs is not None:
            return scan_blocks([kept for kept in (_without(lines, dropped) for lines in content.paragraphs) if kept])
        return make_blocks(items_of(replace(content, pieces=_without(content.pieces, dropped))), self._style)

    def _without_text(self) -> FileRefused:
        if not self._parsed.unread_pages:
            return NoText("No text was found on the pages of this PDF." if self._desk.ocr_languages else "The pages of this PDF are empty.")
        count = len(self._parsed.unread_pages)
        if self._broken_pages == count:
            return UnreadableFile("This PDF is broken: its pages cannot be opened.")
        pages = "Its page is a picture" if count == 1 else f"Its {count:,} pages are pictures"
        if self._desk.ocr_languages:
            return NoText(f"This PDF has no text that can be read. {pages}, and text recognition (OCR) found no words there.")
        return NoText(
            f"This PDF has no text that can be read. {pages} and would need text recognition (OCR), which is not installed here: "
            "whoever runs Quire can install Tesseract. Or upload a version with text."
        )


def _without(lines: list[Line], dropped: frozenset[int]) -> list[Line]:
    return [line for line in lines if id(line.words[0]) not in dropped]


class _Edges(NamedTuple):
    """The lines at the edges of a page, and how many lines it has in all."""

    number: int
    margins: list[Margin]
    line_count: int


def _edges(content: PageContent) -> _Edges:
    """Find the lines at the edges, their pieces joined: a head and its page number may stand far apart."""
    pieces = content.lines
    if not pieces:
        return _Edges(content.number, [], 0)
    turn = Counter(line.words[0].turn for line in pieces).most_common(1)[0][0]
    rows = rows_in_order([line for line in pieces if line.words[0].turn == turn], depth=99)
    joined = [Line([word for piece in row for word in piece.words]) for row in rows]
    _x0, low, _x1, high = turn_back(content.box, turn)
    return _Edges(content.number, margins(content.number, joined, (low, high)), len(joined))


def _style(document: PdfDocument, total: int) -> PageStyle:
    """Find the size of running text and the sizes above it, which are headings, on pages from all over the document."""
    sizes: Counter[float] = Counter()
    bold = mono = 0
    step = max(1, -(-total // _SAMPLE_PAGES))
    for index in range(0, total, step):
        for line in _sample(document, index):
            length = len(line.text)
            sizes[line.size] += length
            bold += length * line.is_bold
            mono += length * line.is_mono
    if not sizes:
        return PageStyle()
    body = max(sizes, key=lambda size: (sizes[size], -size))
    larger = sorted((size for size in sizes if size >= body * _HEADING_RATIO), reverse=True)
    return PageStyle(
        body_size=body,
        heading_sizes=tuple(larger[:_HEADING_LEVELS]),
        is_mostly_bold=bold * 2 > sizes.total(),
        is_mostly_mono=mono * 2 > sizes.total(),
    )


def _sample(document: PdfDocument, index: int) -> list[Line]:
    import pypdfium2

    try:
        page = document[index]
    except pypdfium2.PdfiumError:
        return []
    try:
        return read_text_layer(page, index + 1).pieces
    except pypdfium2.PdfiumError:
        return []
    finally:
        page.close()
