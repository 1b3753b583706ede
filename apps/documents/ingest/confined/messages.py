"""Puts a reading together from the frames of a child, and takes none that an honest child would not send.

A child may have been taken over by its file. So every type, length and count is checked, and what all frames
together hold is limited.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from apps.documents.errors import ContentTooLarge, EmptyFile, EncryptedFile, FileRefused, NoText, UnreadableFile, UnsupportedType
from apps.documents.ingest.confined import limits
from apps.documents.ingest.confined.errors import FalseFrame
from apps.documents.ingest.confined.frames import Frame
from apps.documents.ingest.limits import check_text
from apps.documents.ingest.types import Block, BlockKind, Page, WordBox
from apps.documents.types import Unit

_REFUSALS: dict[str, type[FileRefused]] = {
    refusal.reason: refusal for refusal in (EmptyFile, UnsupportedType, EncryptedFile, UnreadableFile, NoText, ContentTooLarge)
}
_PLACE = re.compile(r"[\w.<>]{1,80}(:[0-9]{1,6} [\w.<>]{1,80})?")
_MAX_PLACES = 8
_WORDS = frozenset(["header", "progress", "page", "block", "text", "words", "page_end", "refused", "failed", "end"])
_FAR = 1e9


@dataclass(frozen=True, slots=True)
class Header:
    title: str
    page_count: int | None
    unit: Unit


@dataclass(frozen=True, slots=True)
class Moved:
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Failed:
    """A parser's own mistake: the error's name and the places of our code where it happened, without its words."""

    error: str
    at: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class End:
    unread_pages: list[int]
    notes: list[str]
    attachments: list[tuple[str, str]]  # the name, and what its file in the child's folder is called


Message = Header | Moved | Page | Failed | End


@dataclass(slots=True)
class _OpenBlock:
    kind: BlockKind
    text: list[str]
    level: int
    rows: tuple[int, int] | None
    repeated: int
    words: list[WordBox] = field(default_factory=list)

    def close(self) -> Block:
        text = "".join(self.text)
        if self.repeated > len(text) or any(word.end > len(text) for word in self.words):
            raise FalseFrame("a place outside the text")
        return Block(self.kind, text, self.level, tuple(self.words), self.rows, self.repeated)


class Assembly:
    """Takes frames in their order. `take` returns what a frame completes, or None; it raises what the child refuses with."""

    def __init__(self) -> None:
        self._has_header = self._is_over = False
        self._place: tuple[int | None, str] | None = None
        self._blocks: list[Block] = []
        self._open: _OpenBlock | None = None
        self._counts = dict.fromkeys(("chars", "words", "words on one page", "blocks", "pages"), 0)

    def take(self, frame: Frame) -> Message | None:
        word, *values = frame
        if word not in _WORDS or self._is_over:
            raise FalseFrame("not at this time")
        # Any: each takes as many values as its frame has, and says of each what it must be.
        take: Callable[..., Message | None] = getattr(self, f"_{word}")
        try:
            return take(*values)
        except TypeError:
            raise FalseFrame("not so many values") from None

    def _header(self, title: Any, page_count: Any, unit: Any) -> Header:
        _require(not self._has_header)
        self._has_header = True
        count = None if page_count is None else _count(page_count)
        return Header(_text(title, limits.MAX_TITLE_CHARS), count, Unit(_one_of(unit, set(Unit))))

    def _progress(self, done: Any, total: Any) -> Moved:
        return Moved(_count(done), _count(total))

    def _page(self, number: Any, label: Any) -> None:
        _require(self._has_header and self._place is None)
        self._add("pages", 1, limits.MAX_PARTS)
        self._counts["words on one page"] = 0
        self._place = (None if number is None else _count(number), _text(label, limits.MAX_NAME_CHARS))

    def _block(self, kind: Any, text: Any, level: Any, rows: Any, repeated: Any) -> None:
        _require(self._place is not None)
        self._close_block()
        self._add("blocks", 1, limits.MAX_BLOCKS)
        kind = BlockKind(_one_of(kind, set(BlockKind)))
        self._open = _OpenBlock(kind, [self._taken(text)], _count(level), _rows(rows), _count(repeated))

    def _text(self, text: Any) -> None:
        if self._open is None:
            raise FalseFrame("text of no block")
        self._open.text.append(self._taken(text))

    def _words(self, words: Any) -> None:
        if self._open is None or not isinstance(words, list):
            raise FalseFrame("words of no block")
        self._add("words", len(words), limits.MAX_WORDS)
        self._add("words on one page", len(words), limits.MAX_PAGE_WORDS)
        self._open.words += [_word(values) for values in words]

    def _page_end(self) -> Page:
        if self._place is None:
            raise FalseFrame("the end of no page")
        self._close_block()
        page = Page(self._place[0], tuple(self._blocks), self._place[1])
        self._place, self._blocks = None, []
        return page

    def _refused(self, reason: Any, detail: Any) -> None:
        raise _REFUSALS[_one_of(reason, set(_REFUSALS))](_text(detail, limits.MAX_DETAIL_CHARS))

    def _failed(self, error: Any, at: Any) -> Failed:
        self._is_over = True
        _require(isinstance(at, list) and len(at) <= _MAX_PLACES)
        places = [_text(place, limits.MAX_NAME_CHARS) for place in (error, *at)]
        _require(all(_PLACE.fullmatch(place) for place in places))
        return Failed(places[0], tuple(places[1:]))

    def _end(self, unread_pages: Any, notes: Any, attachments: Any) -> End:
        _require(self._has_header and self._place is None)
        self._is_over = True
        unread = [_count(page) for page in _list(unread_pages, limits.MAX_PARTS)]
        said = [_text(note, limits.MAX_DETAIL_CHARS) for note in _list(notes, limits.MAX_NOTES)]
        return End(unread, said, [_attachment(pair) for pair in _list(attachments, limits.MAX_ATTACHMENTS)])

    def _close_block(self) -> None:
        if self._open is not None:
            self._blocks.append(self._open.close())
            self._open = None

    def _taken(self, text: Any) -> str:
        taken = _text(text, limits.MAX_FRAME_BYTES)
        self._counts["chars"] += len(taken)
        check_text(self._counts["chars"])
        return taken

    def _add(self, what: str, more: int, most: int) -> None:
        self._counts[what] += more
        if self._counts[what] > most:
            raise ContentTooLarge(f"This file has more than {most:,} {what}. Split it.")


def _require(is_right: bool) -> None:
    if not is_right:
        raise FalseFrame("not like this")


def _text(value: Any, most: int) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise FalseFrame("no text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise FalseFrame("half a character") from None
    if "\0" in value:
        raise FalseFrame("a NUL")
    return value


def _one_of(value: Any, allowed: set[Any]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise FalseFrame("an unknown word")
    return value


def _count(value: Any) -> int:
    # True is an int, too.
    if type(value) is not int or not 0 <= value <= limits.MAX_COUNT:
        raise FalseFrame("no count")
    return value


def _list(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise FalseFrame("no list")
    return value


def _rows(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    _require(isinstance(value, list) and len(value) == 2)
    return _count(value[0]), _count(value[1])


def _word(values: Any) -> WordBox:
    _require(isinstance(values, list) and len(values) == len(WordBox._fields))
    start, end, line = (_count(value) for value in values[:3])
    box = values[3:]
    # NaN is on neither side of any number.
    _require(start <= end and all(type(value) in (int, float) and -_FAR <= value <= _FAR for value in box))
    return WordBox(start, end, line, *(float(value) for value in box))


def _attachment(pair: Any) -> tuple[str, str]:
    _require(isinstance(pair, list) and len(pair) == 2)
    return _text(pair[0], limits.MAX_NAME_CHARS), _text(pair[1], limits.MAX_NAME_CHARS)
