"""The smallest pieces a page is cut into: sentences, lines of code, tables or their rows.

A piece that is still too long is cut into as many parts as it needs, at the best places near
equal lengths. Every search is bounded: no text, however odd, takes more than its length's time.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from apps.documents.ingest.layout import PageLayout
from apps.documents.ingest.room import Room, count_all
from apps.documents.ingest.sentences import sentence_spans
from apps.documents.ingest.table_groups import head_length
from apps.documents.ingest.types import Block, BlockKind, CountTokens

_LINE = re.compile(r"[^\n]*\n+|[^\n]+\Z")
_CLAUSE_END = re.compile(r"[,;:\u2013\u2014\u3001\uff0c\uff1b\uff1a]\s*|\)\s+|\n+")
_SPACE = re.compile(r"\s+")
_CELL = re.compile(r"(?<!\\)(?=\|)")
# A cut must not part a letter from its marks, nor the members of a joined emoji.
_JOINERS = frozenset("\u200d\ufe0e\ufe0f")
_MARKS_MAX = 32
_REACH_MAX = 400


@dataclass(frozen=True, slots=True)
class Atom:
    """A span of the page's text inside block number `block` of that page."""

    block: int
    start: int
    end: int
    tokens: int = 0
    # Cut out of something that did not fit: it need not begin where a sentence does.
    is_part: bool = False


def page_atoms(layout: PageLayout, room: Room, count: CountTokens) -> list[Atom]:
    """Return atoms in reading order that cover every block's text once, each one fitting."""
    atoms: list[Atom] = []
    for number, block in enumerate(layout.page.blocks):
        offset = layout.starts[number]
        atoms.extend(Atom(number, offset + start, offset + end) for start, end in _block_spans(block))
    return divide(layout, atoms, room, count)


def divide(layout: PageLayout, atoms: Sequence[Atom], room: Room, count: CountTokens) -> list[Atom]:
    """Cut what does not fit into parts until all does; the order and the cover stay as they are."""
    done: list[Atom] = []
    waiting = [[atom] for atom in reversed(_counted(layout, atoms, count))]
    while waiting:
        pieces = waiting.pop()
        if len(pieces) == 1 and _is_done(pieces[0], room):
            done.append(pieces[0])
            continue
        if len(pieces) == 1:
            pieces = _counted(layout, _parts(layout, pieces[0], room), count)
        waiting.extend([piece] for piece in reversed(pieces))
    return done


def _counted(layout: PageLayout, atoms: Sequence[Atom], count: CountTokens) -> list[Atom]:
    counts = count_all([layout.text[atom.start : atom.end] for atom in atoms], count)
    return [Atom(atom.block, atom.start, atom.end, tokens, atom.is_part) for atom, tokens in zip(atoms, counts, strict=True)]


def _is_done(piece: Atom, room: Room) -> bool:
    return piece.end - piece.start < 2 or room.fits(piece.tokens, piece.end - piece.start)


def _parts(layout: PageLayout, piece: Atom, room: Room) -> list[Atom]:
    """Cut a piece into its rows, or else into about as many parts as it needs, never only one."""
    is_table = layout.page.blocks[piece.block].kind == BlockKind.TABLE
    cuts = (_row_cuts(layout, piece) if is_table else []) or _even_cuts(layout.text, piece, room, is_table=is_table)
    return [Atom(piece.block, start, end, is_part=True) for start, end in pairwise([piece.start, *cuts, piece.end])]


def _row_cuts(layout: PageLayout, piece: Atom) -> list[int]:
    """Return where the rows of a piece of a table begin, but for its first: that one stays with the header as long as it can."""
    head_end = layout.starts[piece.block] + head_length(layout.page.blocks[piece.block])
    cuts = [match.end() for match in _LINE.finditer(layout.text, piece.start, piece.end)][:-1]
    if piece.start < head_end:
        return [cut for cut in cuts if cut > head_end] or cuts
    return cuts


def _even_cuts(text: str, piece: Atom, room: Room, *, is_table: bool) -> list[int]:
    length = piece.end - piece.start
    wanted = min(length, room.parts(piece.tokens, length))
    reach = min(max(1, length // (2 * wanted)), _REACH_MAX)
    patterns = (_CELL, _SPACE) if is_table else (_CLAUSE_END, _SPACE)
    cuts = [piece.start]
    for number in range(1, wanted):
        cut = _cut_near(text, piece.start + length * number // wanted, reach, patterns)
        if cuts[-1] < cut < piece.end:
            cuts.append(cut)
    return cuts[1:] or [piece.start + length // 2]


def _block_spans(block: Block) -> list[tuple[int, int]]:
    if not block.text.strip():
        return []
    if block.kind in (BlockKind.HEADING, BlockKind.TABLE):
        return [(0, len(block.text))]
    if block.kind == BlockKind.CODE:
        return [match.span() for match in _LINE.finditer(block.text)]
    return sentence_spans(block.text)


def _cut_near(text: str, target: int, reach: int, patterns: Sequence[re.Pattern[str]]) -> int:
    """Return the best place for a cut near `target`: the end of a clause or cell, a space, or between letters."""
    low, high = max(0, target - reach), min(len(text), target + reach)
    for pattern in patterns:
        ends = [match.end() for match in pattern.finditer(text, low, high)]
        if ends:
            return min(ends, key=lambda end: abs(end - target))
    return _letter_boundary(text, target)


def _letter_boundary(text: str, cut: int) -> int:
    for place in range(cut, max(1, cut - _MARKS_MAX) - 1, -1):
        is_joined = text[place] in _JOINERS or text[place - 1] == "\u200d"
        if not is_joined and not unicodedata.category(text[place]).startswith("M"):
            return place
    return cut
