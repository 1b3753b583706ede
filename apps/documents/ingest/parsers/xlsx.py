"""XLSX: each sheet a page, its tables in groups of rows, values as they are shown.

Sheets are read one after the other as they are unpacked. A sheet's charts come after
its cells, as their titles and numbers. Hidden sheets and pictures are left out.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from apps.documents.errors import EmptyFile
from apps.documents.ingest.limits import check_pages, check_text
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.parsers.drawings import sheet_drawing_blocks
from apps.documents.ingest.parsers.packages import open_package
from apps.documents.ingest.parsers.remarks import left_out_note
from apps.documents.ingest.parsers.sheet_regions import sheet_blocks
from apps.documents.ingest.parsers.xlsx_book import Book, read_book, read_formats, read_texts
from apps.documents.ingest.parsers.xlsx_rows import Values, read_sheet
from apps.documents.ingest.text import flow
from apps.documents.ingest.types import Page, Parsed, Progress
from apps.documents.types import Unit


class XlsxParser:
    name = "xlsx"
    version = 1

    def parse(self, path: Path, progress: Progress, desk: Desk = BARE) -> Parsed:
        with open_package(path) as package:
            book = read_book(package)
        check_pages(len(book.sheets))
        parsed = Parsed("", [], page_count=len(book.sheets), unit=Unit.SHEET, notes=left_out_note(book.hidden, "hidden sheet"))
        parsed.pages = _pages(path, book, progress, parsed.notes)
        return parsed


def _pages(path: Path, book: Book, progress: Progress, notes: list[str]) -> Iterator[Page]:
    """Yield a page for each sheet, also for an empty one: it keeps its number."""
    count = len(book.sheets)
    chars = unsolved = 0
    with open_package(path) as package:
        values = Values(read_texts(package, book, partial(progress, 0, count)), read_formats(package, book), book.since_1904)
        for done, sheet in enumerate(book.sheets):
            rows, read = read_sheet(package, sheet.part, values, partial(progress, done, count))
            chars += read.chars
            check_text(chars)
            unsolved += read.unsolved
            drawn = sheet_drawing_blocks(package, sheet.part)
            chars += sum(len(block.text) for block in drawn)
            yield Page(done + 1, (*sheet_blocks(rows), *drawn), flow(sheet.name))
            progress(done + 1, count)
    if unsolved:
        what = "1 formula has no stored result and was" if unsolved == 1 else f"{unsolved:,} formulas have no stored result and were"
        notes.append(f"{what} left out. Open the file in a spreadsheet program and save it.")
    if not chars:
        raise EmptyFile("There is no text in this workbook.")
