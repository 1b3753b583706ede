"""The smallest pieces a page is cut into: sentences, lines of code, rows of tables.

A piece that is still too long is cut into as many parts as it needs, at the best places near
equal lengths. Every search is bounded: no text, however odd, takes more than its length's time.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from apps.documents.ingest.sentences import sentence_spans
from apps.documents.ingest.types import BLOCK_GAP, Block, BlockKind, CountTokens, Page

_COUNT_BATCH = 512
_LINE = re.compile(r"[^\n]*\n+|[^\n]+\Z")
_CLAUSE_END = re.compile(r"[,;:\u2013\u2014\u3001\uff0c\uff1b\uff1a]\s*|\)\s+|\n+")
_SPACE = re.compile(r"\s+")
# A cut must not part a letter from its marks, nor the members of a joined emoji.
_JOINERS = frozenset("\u200d\ufe0e\ufe0f")
_MARKS_MAX = 32
_REACH_MAX = 400


@dataclass(frozen=True, slots=True)
class Room:
    """How much one piece may be."""

    tokens: int
    chars: int

    def fits(self, tokens: int, chars: int) -> bool:
        return tokens <= self.tokens and chars <= self.chars

    def parts(self, tokens: int, chars: int) -> int:
        """Return how many pieces of this room so much text makes, at least two."""
        return max(2, ceil(tokens / self.tokens), ceil(chars / self.chars))


@dataclass(frozen=True, slots=True)
class Atom:
    """A span of the page's text inside block number `block` of that page."""

    block: int
    start: int
    end: int
    tokens: int = 0


def count_all(texts: Sequence[str], count: CountTokens) -> list[int]:
    """Count in batches: a tokenizer's answers for a whole book at once would not be small."""
    counts: list[int] = []
    for first in range(0, len(texts), _COUNT_BATCH):
        counts.extend(count(texts[first : first + _COUNT_BATCH]))
    return counts


def page_atoms(page: Page, room: Room, count: CountTokens) -> list[Atom]:
    """Return atoms in reading order that cover every block's text once, each one fitting."""
    atoms: list[Atom] = []
    offset = 0
    for number, block in enumerate(page.blocks):
        atoms.extend(Atom(number, offset + start, offset + end) for start, end in _block_spans(block))
        offset += len(block.text) + len(BLOCK_GAP)
    return divide(page.text, atoms, room, count)


def divide(text: str, atoms: Sequence[Atom], room: Room, count: CountTokens) -> list[Atom]:
    """Cut what does not fit into parts until all does; the order and the cover stay as they are."""
    done: list[Atom] = []
    waiting = [[atom] for atom in reversed(_counted(text, atoms, count))]
    while waiting:
        pieces = waiting.pop()
        if len(pieces) == 1 and _is_done(text, pieces[0], room):
            done.append(pieces[0])
            continue
        if len(pieces) == 1:
            pieces = _counted(text, _parts(text, pieces[0], room), count)
        waiting.extend([piece] for piece in reversed(pieces))
    return done


def _counted(text: str, atoms: Sequence[Atom], count: CountTokens) -> list[Atom]:
    counts = count_all([text[atom.start : atom.end] for atom in atoms], count)
    return [Atom(atom.block, atom.start, atom.end, tokens) for atom, tokens in zip(atoms, counts, strict=True)]


def _is_done(text: str, piece: Atom, room: Room) -> bool:
    return piece.end - piece.start < 2 or room.fits(piece.tokens, piece.end - piece.start)


def _parts(text: str, piece: Atom, room: Room) -> list[Atom]:
    """Cut a piece into about as many parts as it needs, never only one."""
    length = piece.end - piece.start
    wanted = min(length, room.parts(piece.tokens, length))
    reach = min(max(1, length // (2 * wanted)), _REACH_MAX)
    cuts = [piece.start]
    for number in range(1, wanted):
        cut = _cut_near(text, piece.start + length * number // wanted, reach)
        if cuts[-1] < cut < piece.end:
            cuts.append(cut)
    if len(cuts) == 1:
        cuts.append(piece.start + length // 2)
    return [Atom(piece.block, start, end) for start, end in pairwise([*cuts, piece.end])]


def _block_spans(block: Block) -> list[tuple[int, int]]:
    if not block.text.strip():
        return []
    if block.kind == BlockKind.HEADING:
        return [(0, len(block.text))]
    if block.kind in (BlockKind.CODE, BlockKind.TABLE):
        return [match.span() for match in _LINE.finditer(block.text)]
    return sentence_spans(block.text)


def _cut_near(text: str, target: int, reach: int) -> int:
    """Return the best place for a cut near `target`: a clause's end, a space, or between letters."""
    low, high = max(0, target - reach), min(len(text), target + reach)
    for pattern in (_CLAUSE_END, _SPACE):
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
