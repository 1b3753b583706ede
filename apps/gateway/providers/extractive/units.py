"""A passage cut into what can be quoted: sentences, list items, rows, code.

A passage is plain text without markup, so what a line is has to be told from its looks. Headings are never quoted,
they only say what the lines below them are about.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice, takewhile

from apps.gateway.types import PassageBlock


class UnitKind(StrEnum):
    SENTENCE = "sentence"
    ITEM = "item"
    ROW = "row"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Line:
    kind: UnitKind
    text: str
    heading: str

    @property
    def introduces(self) -> bool:
        """It only makes sense together with what follows it."""
        return self.kind == UnitKind.SENTENCE and self.text.endswith((":", "："))


@dataclass(frozen=True, slots=True)
class Unit:
    """Something to quote, with its place in reading order. `rank` is the passage's place in the list, best first.

    `attached` are the lines it introduces: they are quoted with it.
    """

    rank: int
    number: int
    place: int
    line: Line
    title: str
    attached: tuple[Line, ...] = ()

    @property
    def text(self) -> str:
        """All of its words."""
        return " ".join([self.line.text, *(line.text for line in self.attached)])


_GAP = re.compile(r"\n\s*\n")
_FENCE = re.compile(r"^\s*(?:```|~~~)", re.MULTILINE)
_MARKER = re.compile(r"^\s*(?:[-*+•◦▪‣–]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s+")
_HASHES = re.compile(r"^#{1,6}\s+")
_RULE = re.compile(r"^[\s|:=_*-]+$")
_CODE_LOOK = re.compile(
    r"^\s*(?:\$ |>>> |(?:sudo|make|docker|python3?|pip|npm|git|curl|cd|export)\s)|[{};=]\s*$|[(){}\[\]]{2}|--[a-z]|^\s{4,}\S|::|=>|\w=\S|</?\w+>"
)
_CLOSED = re.compile(r"[.!?…:;。！？：；।؟۔,，、][\"'”’»)\]）」』]*$")
_QUESTION = re.compile(r"[?？؟][\"'”’»)\]）」』]*$")
# Begins at the first of a run of stops, so that a line of dots is read once and not from each.
_STOP = re.compile(r"(?:(?<![.!?…؟۔।])[.!?…؟۔।]+[\"'”’»)\]]*(?=\s)|[。！？]+[」』）”’]*)\s*")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[])(?:[A-Za-z]|e\.g|i\.e|cf|vs|etc|approx|no|nos|fig|figs|dr|mr|mrs|ms|st|p|pp|ca|al|inc|ltd|co|sec|z\.B|d\.h|bzw|u\.a|Nr)\.$", re.IGNORECASE
)
_HEADING_WORDS = 12
_HEADING_CHARS = 90
_UNIT_CHARS = 1_000
_ATTACHED_MAX = 8


def read_units(passages: Sequence[PassageBlock]) -> list[Unit]:
    """All units of all passages, in reading order; what stands in two overlapping passages is kept once, in the better one."""
    units: list[Unit] = []
    seen: set[str] = set()
    for rank, passage in enumerate(passages):
        lines = list(_read(passage["text"]))
        for place, line in enumerate(lines):
            attached = _attached(lines, place)
            key = " ".join(line.text.split()).casefold()
            if key in seen or not _can_be_quoted(line, attached):
                continue
            seen.add(key)
            units.append(Unit(rank, passage["number"], place, line, passage["title"], attached))
    return units


def _attached(lines: Sequence[Line], place: int) -> tuple[Line, ...]:
    if not lines[place].introduces:
        return ()
    following = takewhile(lambda line: line.kind != UnitKind.SENTENCE and line.heading == lines[place].heading, lines[place + 1 :])
    return tuple(islice(following, _ATTACHED_MAX))


def _can_be_quoted(line: Line, attached: Sequence[Line]) -> bool:
    """A question answers nothing, nor does an introduction whose list stands in another passage."""
    has_words = any(character.isalnum() for character in line.text)
    return has_words and not _QUESTION.search(line.text) and (bool(attached) or not line.introduces)


def _read(text: str) -> Iterator[Line]:
    parts = [part.strip("\n") for part in _GAP.split(text) if part.strip()]
    heading, was_item = "", False
    for number, part in enumerate(parts):
        if _is_heading(part, is_last=number == len(parts) - 1, was_item=was_item):
            heading, was_item = _HASHES.sub("", part.strip()), False
            continue
        for line in (Line(kind, piece, heading) for kind, piece in _cut(part)):
            was_item = line.kind == UnitKind.ITEM or line.introduces
            yield line


def _is_heading(part: str, *, is_last: bool, was_item: bool) -> bool:
    line = part.strip()
    if "\n" in line or len(line) > _HEADING_CHARS or len(line.split()) > _HEADING_WORDS:
        return False
    if _HASHES.match(line):
        return True
    if _QUESTION.search(line):
        return len(split_sentences(line)) == 1
    is_text = _CLOSED.search(line) or _MARKER.match(line) or _CODE_LOOK.search(line) or line.startswith("|")
    # Without a mark of its own, a short line is an item after an item or a colon, and a heading where text follows it.
    return not is_text and not was_item and not is_last


def _cut(part: str) -> Iterator[tuple[UnitKind, str]]:
    lines = [line for line in part.split("\n") if line.strip()]
    if _FENCE.match(part) or all(_CODE_LOOK.search(line) and not _CLOSED.search(line) for line in lines):
        code = "\n".join(line for line in lines if not _FENCE.match(line))
        yield from [(UnitKind.CODE, code)] if code else []
    elif all(line.lstrip().startswith("|") for line in lines):
        yield from ((UnitKind.ROW, line.strip()) for line in lines if not _RULE.match(line))
    elif any(_MARKER.match(line) for line in lines):
        for item in _items(lines):
            yield UnitKind.ITEM, item
    else:
        flowing = part.strip()
        is_item = "\n" not in flowing and not _CLOSED.search(flowing)
        for sentence in split_sentences(flowing):
            yield (UnitKind.ITEM if is_item else UnitKind.SENTENCE), sentence


def _items(lines: Sequence[str]) -> Iterator[str]:
    """Lines of a list, without their markers; a line without one goes on the item before it."""
    item = ""
    for line in lines:
        if _MARKER.match(line) and item:
            yield item
            item = ""
        item = f"{item} {_MARKER.sub('', line).strip()}".strip()
    yield item


def split_sentences(text: str) -> list[str]:
    """Sentences of flowing text in any script; a full stop after an abbreviation or before a small letter ends none."""
    sentences: list[str] = []
    start = 0
    for match in _STOP.finditer(text):
        following = text[match.end() : match.end() + 1]
        before = text[start : match.start() + 1]
        if following.islower() or (match.group().startswith(".") and _ABBREVIATION.search(before)):
            continue
        sentences.append(text[start : match.end()])
        start = match.end()
    sentences.append(text[start:])
    return [sentence.strip()[:_UNIT_CHARS] for sentence in sentences if sentence.strip()]
