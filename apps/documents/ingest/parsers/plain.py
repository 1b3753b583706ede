"""Plain text: paragraphs are parted by blank lines; nothing else is guessed."""

import re
from pathlib import Path

from apps.documents.errors import EmptyFile, UnreadableFile
from apps.documents.ingest.limits import check_text
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.text import decode, soft_lines
from apps.documents.ingest.types import Block, BlockKind, Page, Parsed, Progress

_PARAGRAPH_GAP = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


class TextParser:
    name = "text"
    version = 1

    def parse(self, path: Path, progress: Progress, desk: Desk = BARE) -> Parsed:
        text = read_text(path)
        parts = (soft_lines(part) for part in _PARAGRAPH_GAP.split(text))
        blocks = tuple(Block(BlockKind.PARAGRAPH, part) for part in parts if part)
        if not blocks:
            raise EmptyFile("There is no text in this file.")
        progress(1, 1)
        return Parsed(title="", pages=[Page(None, blocks)])


def read_text(path: Path, declared: str | None = None) -> str:
    """Return the file's text, its line ends as \\n, or refuse it."""
    text = decode(path.read_bytes(), declared)
    if text is None:
        raise UnreadableFile("This file is not text in any encoding that Quire knows.")
    check_text(len(text))
    return text.replace("\r\n", "\n").replace("\r", "\n")
