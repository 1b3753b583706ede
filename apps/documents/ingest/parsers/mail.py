"""What a message becomes, in whichever format it came: who wrote to whom and when, its text, and the files with it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apps.documents.errors import FileRefused
from apps.documents.ingest.parsers.html_tree import parse_tree, tag_of
from apps.documents.ingest.parsers.html_walk import read_blocks
from apps.documents.ingest.parsers.plain import paragraphs
from apps.documents.ingest.text import flow
from apps.documents.ingest.types import Attachment, Block, BlockKind

MAX_ATTACHMENTS = 50
MAX_ATTACHMENTS_BYTES = 100 * 1024 * 1024
# Smaller ones in the text are signatures and lines to look at.
SMALL_PICTURE_BYTES = 20 * 1024
_NAME_CHARS = 150
_FACT_CHARS = 2000
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\"<>|?*:]")
# A plain part that only says that there is another one.
_STUB_SHARE = 5
_STUB_OF_WORDS = 40


@dataclass(slots=True)
class Letter:
    subject: str = ""
    # Name and value, as its readers see them: From, To, Cc, Date.
    facts: list[tuple[str, str]] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def all_blocks(self) -> tuple[Block, ...]:
        """Return the head of the message and its text. The subject is its title, too: pages saved as MHTML have only that."""
        facts = [*self.facts, ("Subject", self.subject)] if self.facts else []
        said = "\n".join(f"{name}: {value[:_FACT_CHARS]}" for name, value in facts if value)
        return (*([Block(BlockKind.PARAGRAPH, said)] if said else []), *self.blocks)


class Tray:
    """Takes the files that came with a message, under names of its own, and knows what it did not take."""

    def __init__(self, folder: Path | None) -> None:
        self.attachments: list[Attachment] = []
        self._folder = folder
        self._bytes = 0
        self._left_out = 0
        self._unread = 0
        self._is_packed = False

    def put(self, name: str, data: bytes) -> None:
        """Keep a file; `name` is shown and never a path."""
        if self._folder is None or not data:
            return
        if len(self.attachments) >= MAX_ATTACHMENTS or self._bytes + len(data) > MAX_ATTACHMENTS_BYTES:
            self._left_out += 1
            return
        number = len(self.attachments) + 1
        path = self._folder / f"attachment-{number:03}"
        path.write_bytes(data)
        self._bytes += len(data)
        self.attachments.append(Attachment(shown_name(name) or f"attachment {number}", path))

    def miss(self) -> None:
        """Count a file that cannot be taken out."""
        self._unread += 1

    def pass_over_packed(self) -> None:
        """Say that there was an envelope that only Outlook opens."""
        self._is_packed = True

    def notes(self) -> list[str]:
        notes = []
        if self._left_out:
            what = "1 attachment was" if self._left_out == 1 else f"{self._left_out} attachments were"
            most = MAX_ATTACHMENTS_BYTES // 1024 // 1024
            notes.append(f"{what} left out: Quire takes up to {MAX_ATTACHMENTS} from one message, {most} MB in all.")
        if self._unread:
            what = "1 attachment" if self._unread == 1 else f"{self._unread} attachments"
            notes.append(f"{what} could not be read.")
        if self._is_packed:
            notes.append("Attachments in a winmail.dat were not read: only Outlook can. Ask for them as ordinary attachments.")
        return notes


def shown_name(name: str) -> str:
    """Return the last part of a name, without what could mislead or be a path."""
    last = flow(_UNSAFE.sub("", name.replace("\\", "/").rstrip("/. ").rpartition("/")[2]))
    if len(last) > _NAME_CHARS:
        stem, dot, suffix = last.rpartition(".")
        last = f"{stem[: _NAME_CHARS - len(suffix) - 1]}{dot}{suffix}" if stem and len(suffix) < 12 else last[:_NAME_CHARS]
    return last.strip(". ")


def body_blocks(plain: str, html: str) -> list[Block]:
    """Return the text of a message: the plain one, unless it is empty or only points to the other."""
    pages = _html_blocks(html) if html.strip() else []
    words = sum(len(block.text.split()) for block in pages)
    has_plain = bool(plain.strip()) and not (words >= _STUB_OF_WORDS and len(plain.split()) * _STUB_SHARE < words)
    return list(paragraphs(plain.replace("\r\n", "\n").replace("\r", "\n"))) if has_plain else pages


def _html_blocks(html: str) -> list[Block]:
    try:
        root = parse_tree(html)
    except FileRefused:
        return []
    return read_blocks(_body(root))


def _body(root: Any) -> Any:
    # Any: an element of lxml, whose stubs type it loosely.
    return next((element for element in root.iter() if tag_of(element) == "body"), root)


def joined(values: Sequence[str]) -> str:
    return ", ".join(value for value in (flow(value) for value in values) if value)
