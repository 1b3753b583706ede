"""EPUB: each file of the reading order is a chapter, read as the page of HTML that it is.

Lines of poems stay lines. The list of contents is not text: it names the chapters. Nothing outside the book is opened.
"""

from collections.abc import Iterator
from pathlib import Path

from apps.documents.errors import EmptyFile, FileRefused, NoText
from apps.documents.ingest.archive import open_archive
from apps.documents.ingest.limits import check_pages, check_text
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.parsers.epub_book import Book, read_book, read_page
from apps.documents.ingest.parsers.html_tree import Element, tag_of
from apps.documents.ingest.parsers.html_walk import read_blocks
from apps.documents.ingest.text import flow
from apps.documents.ingest.types import Block, BlockKind, Page, Parsed, Progress
from apps.documents.types import Unit


class EpubParser:
    name = "epub"
    version = 1

    def parse(self, path: Path, progress: Progress, desk: Desk = BARE) -> Parsed:
        with open_archive(path) as archive:
            book = read_book(archive)
        check_pages(len(book.chapters))
        parsed = Parsed(title=book.title, pages=(), page_count=len(book.chapters), unit=Unit.CHAPTER)
        parsed.pages = _pages(path, book, parsed, progress)
        return parsed


def _pages(path: Path, book: Book, parsed: Parsed, progress: Progress) -> Iterator[Page]:
    chars, label, has_text = 0, "", False
    missing: list[int] = []
    with open_archive(path) as archive:
        for number, name in enumerate(book.chapters, 1):
            try:
                root = read_page(archive, name)
            except EmptyFile:
                root = None
            except FileRefused:
                root = None
                missing.append(number)
            blocks = read_blocks(_body(root)) if root is not None else []
            chars += sum(len(block.text) for block in blocks)
            check_text(chars)
            progress(number, len(book.chapters))
            if blocks and root is not None:
                label = book.names.get(name) or _label(root, blocks, label)
                has_text = True
                yield Page(number, tuple(blocks), label)
    if missing:
        parsed.notes.append(_missing_note(len(missing)))
    if not has_text:
        raise NoText("There is no text in this book: its pages are pictures, or empty.")


def _missing_note(count: int) -> str:
    return "1 chapter of this book is damaged and was left out." if count == 1 else f"{count} chapters of this book are damaged and were left out."


def _body(root: Element) -> Element:
    return next((element for element in root.iter() if tag_of(element) == "body"), root)


def _label(root: Element, blocks: list[Block], before: str) -> str:
    """Return what a chapter is called that the list of contents does not name."""
    title = next((flow("".join(element.itertext())) for element in root.iter() if tag_of(element) == "title"), "")
    headings = [block for block in blocks if block.kind == BlockKind.HEADING]
    if not headings:
        # It goes on with the chapter before.
        return before or title
    highest = min(block.level for block in headings)
    named = [block.text for block in headings if block.level == highest]
    # A file of many poems is none of them.
    return named[0] if len(named) == 1 else title or named[0]
