"""Tables cut to the embedder's measure: groups of whole rows, each of which says the header again.

A parser cuts by characters, because it knows no tokenizer. Here its groups are put together and cut anew, so that each
group is one passage and no passage holds rows without the header that names their columns.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil

from apps.documents.ingest.room import Room, count_all
from apps.documents.ingest.types import Block, BlockKind, CountTokens, Page, WordBox

_BREAK = re.compile("\n")
# What follows "header" in Markdown: a line of dashes.
_RULE = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
# A heading or a sentence before the table shall have room in the passage of its first rows.
_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of a table, the words in it, and which rows of the sheet it can be."""

    text: str
    words: Sequence[WordBox]
    rows: tuple[int, int] | None


def is_rule(line: str) -> bool:
    """Whether a line is the one of dashes below a table's header."""
    return _RULE.fullmatch(line) is not None


def head_length(block: Block) -> int:
    """Return how many of a table's first characters are its header, the line break after it included; 0 without one."""
    return block.repeated or _head_in(block.text)


# Asked again for each piece of a table: of one that is a single block of megabytes, thousands of times.
@lru_cache(maxsize=1)
def _head_in(text: str) -> int:
    first = text.find("\n")
    if first < 0:
        return 0
    second = text.find("\n", first + 1)
    end = len(text) if second < 0 else second
    if not _RULE.fullmatch(text, first + 1, end):
        return 0
    return end if second < 0 else end + 1


@lru_cache(maxsize=1)
def _breaks_in(text: str) -> Sequence[int]:
    """Return where the lines of a table end."""
    return array("L", (match.start() for match in _BREAK.finditer(text)))


def rows_between(block: Block, low: int, high: int) -> tuple[int, int] | None:
    """Return first and last row of the lines that show between two places of a table's text.

    Where empty rows were left out inside a block, which line is which row is not known: then all its rows are named.
    """
    if block.rows is None:
        return None
    first, last = block.rows
    head, breaks = head_length(block), _breaks_in(block.text)
    begin = bisect_left(breaks, head)
    if len(breaks) - begin != last - first:
        return block.rows
    before = bisect_left(breaks, max(head, low)) - begin
    inside = block.text[max(head, low) : max(head, high)].rstrip().count("\n")
    return (min(last, first + before), min(last, first + before + inside))


def group_tables(page: Page, room: Room, count: CountTokens) -> Page:
    """Return the page with its tables cut into groups of rows that fit `room` with the header that each of them says."""
    if not any(block.kind == BlockKind.TABLE for block in page.blocks):
        return page
    return replace(page, blocks=tuple(block for run in _tables(page.blocks) for block in _regrouped(run, room, count)))


def _tables(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Yield each table's groups together, and every other block alone."""
    run: list[Block] = []
    for block in blocks:
        if run and not _goes_on(run, block):
            yield run
            run = []
        run.append(block)
    if run:
        yield run


def _goes_on(run: Sequence[Block], block: Block) -> bool:
    """Whether a block says the table's header again; or has none, after one that is all of its own block."""
    first, last = run[0], run[-1]
    if not first.kind == block.kind == BlockKind.TABLE:
        return False
    if block.repeated:
        return _head(block) == _head(first)
    is_alone = 0 < head_length(first) == len(first.text)
    return is_alone and not head_length(block) and bool(block.rows and last.rows and block.rows[0] > last.rows[1])


def _head(block: Block) -> str:
    head = block.text[: head_length(block)] if block.kind == BlockKind.TABLE else ""
    return head if not head or head.endswith("\n") else head + "\n"


def _regrouped(run: Sequence[Block], room: Room, count: CountTokens) -> list[Block]:
    head = _head(run[0])
    rows = [row for block in run for row in _rows_of(block)] if head else []
    if not rows:
        return list(run)
    head_tokens, *tokens = count_all([head, *(row.text for row in rows)], count)
    target = int(room.tokens * _SHARE)
    groups = [rows]
    # A header that takes more than half would leave no room for rows: it is said once.
    if 2 * head_tokens <= target and 2 * len(head) <= room.chars:
        groups = _even_groups(rows, tokens, Room(target - head_tokens, room.chars - len(head)))
    first = _block(head, _words_between(sorted(run[0].words), 0, len(head)), groups[0])
    return [first, *(replace(_block(head, (), group), repeated=len(head)) for group in groups[1:])]


def _rows_of(block: Block) -> Iterator[_Row]:
    start = head_length(block)
    lines = block.text[start:].split("\n") if start < len(block.text) else []
    words = sorted(block.words)
    for number, line in enumerate(lines):
        rows = block.rows
        if rows and rows[1] - rows[0] == len(lines) - 1:
            rows = (rows[0] + number, rows[0] + number)
        yield _Row(line, _words_between(words, start, start + len(line)), rows)
        start += len(line) + 1


def _words_between(words: Sequence[WordBox], start: int, end: int) -> list[WordBox]:
    """Return the words of a span, counted from its start."""
    found = words[bisect_left(words, (start,)) : bisect_left(words, (end,))]
    return [word._replace(start=word.start - start, end=word.end - start) for word in found]


def _even_groups(rows: Sequence[_Row], tokens: Sequence[int], room: Room) -> list[list[_Row]]:
    """Groups of like size, none larger than the room but for a row that is larger alone."""
    left = sum(tokens)
    share = _share(left, room)
    groups: list[list[_Row]] = [[]]
    held = chars = 0
    for row, own in zip(rows, tokens, strict=True):
        is_full = not room.fits(held + own, chars + len(row.text) + 1) or held + own - share > share - held
        if groups[-1] and is_full:
            left -= held
            share = _share(left, room)
            groups.append([])
            held = chars = 0
        groups[-1].append(row)
        held += own
        chars += len(row.text) + 1
    return groups


def _share(tokens: int, room: Room) -> float:
    return tokens / max(1, ceil(tokens / max(1, room.tokens)))


def _block(head: str, head_words: Sequence[WordBox], rows: Sequence[_Row]) -> Block:
    words = list(head_words)
    place = len(head)
    for row in rows:
        words.extend(word._replace(start=word.start + place, end=word.end + place) for word in row.words)
        place += len(row.text) + 1
    known = [row.rows for row in rows if row.rows]
    return Block(BlockKind.TABLE, head + "\n".join(row.text for row in rows), words=tuple(words), rows=(known[0][0], known[-1][1]) if known else None)
