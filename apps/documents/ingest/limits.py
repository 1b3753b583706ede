"""Ends a file that turns out larger than its bytes said."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from apps.documents.constants import MAX_PAGES, MAX_TEXT_CHARS
from apps.documents.errors import ContentTooLarge
from apps.documents.ingest.types import Block, Progress

T = TypeVar("T")
Beat = Callable[[], None]

_PULSE_BLOCKS = 500
_PULSE_PARTS = 5000


def no_beat() -> None:
    """Where nobody waits for a sign of life."""


def pulsed(parts: Iterable[T], beat: Beat) -> Iterator[T]:
    """Pass the small parts of something large on, with a sign of life now and then."""
    for count, part in enumerate(parts, 1):
        if count % _PULSE_PARTS == 0:
            beat()
        yield part


def check_text(chars: int) -> None:
    if chars > MAX_TEXT_CHARS:
        raise ContentTooLarge(f"This file has more than {MAX_TEXT_CHARS:,} characters of text. Split it.")


def check_pages(pages: int) -> None:
    if pages > MAX_PAGES:
        raise ContentTooLarge(f"This file has {pages:,} pages; Quire reads up to {MAX_PAGES:,}. Split it.")


def within_limits(blocks: Iterable[Block], progress: Progress) -> list[Block]:
    """Return the blocks of a file without pages, counted as they come, with a sign of life now and then."""
    kept: list[Block] = []
    chars = 0
    for block in blocks:
        chars += len(block.text)
        check_text(chars)
        kept.append(block)
        if len(kept) % _PULSE_BLOCKS == 0:
            progress(0, 1)
    return kept
