"""Ends a file that turns out larger than its bytes said."""

from apps.documents.constants import MAX_PAGES, MAX_TEXT_CHARS
from apps.documents.errors import ContentTooLarge


def check_text(chars: int) -> None:
    if chars > MAX_TEXT_CHARS:
        raise ContentTooLarge(f"This file has more than {MAX_TEXT_CHARS:,} characters of text. Split it.")


def check_pages(pages: int) -> None:
    if pages > MAX_PAGES:
        raise ContentTooLarge(f"This file has {pages:,} pages; Quire reads up to {MAX_PAGES:,}. Split it.")
