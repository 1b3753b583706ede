"""The smallest pieces a page is cut into: sentences, lines of code, rows of tables.

A piece that is still too long is halved, at the best place near its middle, until it fits.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from apps.documents.ingest.sentences import sentence_spans
from apps.documents.ingest.types import BLOCK_GAP, Block, BlockKind, CountTokens, Page

_COUNT_BATCH = 512
_LINE = re.compile(r"[^\n]*\n+|[^\n]+\Z")
_CLAUSE_END = re.compile(r"[,;:\u2013\u2014\u3001\uff0c\uff1b\uff1a]\s*|\)\s+|\n+")
_SPACE = re.compile(r"\s+")
# A cut must not part a letter from its marks, nor the members of a joined emoji.
_JOINERS = frozenset("\u200d\ufe0e\ufe0f")
_MARKS_MAX = 32


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


def page_atoms(page: Page, fits: Callable[[int, str], bool], count: CountTokens) -> list[Atom]:
    """Return atoms in reading order that cover every block's text once, each one fitting."""
    text = page.text
    atoms: list[Atom] = []
    offset = 0
    for number, block in enumerate(page.blocks):
        atoms.extend(Atom(number, offset + start, offset + end) for start, end in _block_spans(block))
        offset += len(block.text) + len(BLOCK_GAP)
    return divide(text, atoms, fits, count)


def divide(text: str, atoms: Sequence[Atom], fits: Callable[[int, str], bool], count: CountTokens) -> list[Atom]:
    """Halve what does not fit until all does; the order and the cover stay as they are."""
    done: dict[int, list[Atom]] = {index: [atom] for index, atom in enumerate(atoms)}
    waiting = [(index, 0) for index in done]
    while waiting:
        pieces = [done[index][place] for index, place in waiting]
        counts = count_all([text[piece.start : piece.end] for piece in pieces], count)
        too_long: list[int] = []
        for (index, place), piece, tokens in zip(waiting, pieces, counts, strict=True):
            done[index][place] = Atom(piece.block, piece.start, piece.end, tokens)
            is_whole = piece.end - piece.start < 2
            if not is_whole and not fits(tokens, text[piece.start : piece.end]):
                too_long.append(index)
        waiting = []
        for index in dict.fromkeys(too_long):
            done[index] = [half for piece in done[index] for half in _halves(text, piece, fits)]
            waiting.extend((index, place) for place in range(len(done[index])))
    return [piece for index in sorted(done) for piece in done[index]]


def _halves(text: str, piece: Atom, fits: Callable[[int, str], bool]) -> list[Atom]:
    is_short = piece.end - piece.start < 2
    if is_short or fits(piece.tokens, text[piece.start : piece.end]):
        return [piece]
    cut = piece.start + _middle_cut(text[piece.start : piece.end])
    return [Atom(piece.block, piece.start, cut), Atom(piece.block, cut, piece.end)]


def _block_spans(block: Block) -> list[tuple[int, int]]:
    if not block.text.strip():
        return []
    if block.kind == BlockKind.HEADING:
        return [(0, len(block.text))]
    if block.kind in (BlockKind.CODE, BlockKind.TABLE):
        return [match.span() for match in _LINE.finditer(block.text)]
    return sentence_spans(block.text)


def _middle_cut(text: str) -> int:
    """Return the best place to cut `text` in two, never 0 nor its length."""
    middle = len(text) // 2
    low, high = len(text) // 4, len(text) - len(text) // 4
    for pattern in (_CLAUSE_END, _SPACE):
        ends = [match.end() for match in pattern.finditer(text, low, high)]
        ends = [end for end in ends if 0 < end < len(text)]
        if ends:
            return min(ends, key=lambda end: abs(end - middle))
    return _letter_boundary(text, max(1, middle))


def _letter_boundary(text: str, cut: int) -> int:
    for place in range(cut, max(1, cut - _MARKS_MAX) - 1, -1):
        is_joined = text[place] in _JOINERS or text[place - 1] == "\u200d"
        if not is_joined and not unicodedata.category(text[place]).startswith("M"):
            return place
    return cut
