"""Plain text: paragraphs are parted by blank lines; form feeds part pages, as they do in what was made for printers.

Lines broken to fit a width become running text again; lines that mean something (poems, addresses, code, columns) stay.
"""

import re
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from apps.documents.constants import MAX_PAGES, MAX_TEXT_CHARS
from apps.documents.errors import EmptyFile, UnreadableFile
from apps.documents.ingest.limits import check_text
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.text import clean_text, decode, lines_of, soft_lines
from apps.documents.ingest.types import Block, BlockKind, Page, Parsed, Progress
from apps.documents.types import Unit

_PARAGRAPH_GAP = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_COLUMNS = re.compile(r"\S(?: {3,}|\t)\S")
_INDENT = re.compile(r"[ \t]{2}|\t")
_ITEM = re.compile(r"(?:[-*+•–]|\(?\d{1,3}[.)]|>)\s")
_HYPHEN_AT_END = re.compile(r"\w-$")
# Narrower text is not broken to fit a page.
_WIDTH_MIN = 45
# A line longer than a screen is wide is a paragraph of its own.
_LINE_IS_PARAGRAPH = 200


class TextParser:
    name = "text"
    version = 2

    def parse(self, path: Path, progress: Progress, desk: Desk = BARE) -> Parsed:
        text = read_text(path)
        sheets = text.rstrip("\f\n ").split("\f")
        if not 1 < len(sheets) <= MAX_PAGES:
            sheets = [text.replace("\f", "\n\n")]
        has_pages = len(sheets) > 1
        pages = []
        for number, sheet in enumerate(sheets, 1):
            blocks = tuple(paragraphs(sheet))
            if blocks:
                pages.append(Page(number if has_pages else None, blocks))
            progress(number, len(sheets))
        if not pages:
            raise EmptyFile("There is no text in this file.")
        return Parsed(title="", pages=pages, page_count=len(sheets) if has_pages else None, unit=Unit.PAGE if has_pages else Unit.NONE)


def read_text(path: Path, declared: str | None = None, *, no_text: re.Pattern[str] | None = None) -> str:
    """Return the file's text, its line ends as \\n, or refuse it. Where it is too much, what `no_text` matches is left out of it first."""
    text = decode(path.read_bytes(), declared)
    if text is None:
        raise UnreadableFile("This file is not text in any encoding that Quire knows.")
    if no_text is not None and len(text) > MAX_TEXT_CHARS:
        text = no_text.sub("", text)
    check_text(len(text))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def paragraphs(text: str) -> Iterator[Block]:
    """Yield the paragraphs of a text whose line ends are \\n."""
    for part in _PARAGRAPH_GAP.split(text):
        lines = textwrap.dedent(clean_text(part)).strip("\n").split("\n")
        if max(map(len, lines)) > _LINE_IS_PARAGRAPH:
            yield from _blocks(lines)
        elif _is_set(lines):
            yield from _blocks(["\n".join(lines)], BlockKind.CODE)
        elif _is_wrapped(lines):
            yield from _blocks([_joined(lines)])
        else:
            yield from _blocks(["\n".join(lines)])


def _blocks(texts: list[str], kind: BlockKind = BlockKind.PARAGRAPH) -> Iterator[Block]:
    for text in texts:
        kept = lines_of(text) if kind == BlockKind.CODE else soft_lines(text)
        if kept:
            yield Block(kind, kept)


def _is_set(lines: list[str]) -> bool:
    """Tell code and columns, whose spaces mean something: most lines have them within or before."""
    if len(lines) < 2:
        return False
    set_lines = sum(1 for line in lines if _INDENT.match(line) or _COLUMNS.search(line.strip()))
    return set_lines * 2 >= len(lines)


def _is_wrapped(lines: list[str]) -> bool:
    """Tell lines that end where the next word would not have fitted any more: only there a program breaks them."""
    width = max(map(len, lines))
    if len(lines) < 2 or width < _WIDTH_MIN or any(_ITEM.match(line) for line in lines[1:]):
        return False
    return all(len(line.rstrip()) + 1 + len(after.split(maxsplit=1)[0]) > width for line, after in pairwise(lines) if after.strip())


def _joined(lines: list[str]) -> str:
    # A word with a hyphen is broken after it; whether the hyphen is its own, nobody can tell.
    return "".join(line if _HYPHEN_AT_END.search(line) else f"{line} " for line in map(str.strip, lines))
