"""Which pieces of a page become one passage: sections by their headings, packed near the size aimed at."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from apps.documents.constants import PASSAGE_TOKENS_MIN
from apps.documents.ingest.atoms import Atom
from apps.documents.ingest.headings import HeadingPath
from apps.documents.ingest.room import Room
from apps.documents.ingest.types import BlockKind, Page

_PROSE = frozenset({BlockKind.PARAGRAPH, BlockKind.LIST_ITEM})


@dataclass(slots=True)
class Group:
    """Atoms that become one passage."""

    path: tuple[str, ...]
    atoms: list[Atom] = field(default_factory=list)
    has_body: bool = False

    @property
    def tokens(self) -> int:
        return sum(atom.tokens for atom in self.atoms)

    @property
    def start(self) -> int:
        return self.atoms[0].start

    @property
    def end(self) -> int:
        return self.atoms[-1].end


def make_groups(page: Page, atoms: Sequence[Atom], path: HeadingPath, room: Room) -> list[Group]:
    """Return the passages of a page in reading order; `path` moves on with the headings on it."""
    groups = [group for section in _sections(page, atoms, path) for group in _pack(page, section, room)]
    return _join_small(page, groups, room)


def overlap_start(page: Page, before: Group, group: Group, tokens: int) -> int:
    """Return where `group` begins if it says the last sentences of the one before again, at most `tokens` of them.

    Only where a paragraph was cut in two: sentences of another one help no search, and cost as much. Only whole sentences, and
    never all of the group before.
    """
    start, left, block = group.start, tokens, group.atoms[0].block
    if page.blocks[block].kind not in _PROSE:
        return start
    for atom in reversed(before.atoms[1:]):
        left -= atom.tokens
        if left < 0 or atom.is_part or atom.block != block:
            break
        start = atom.start
    return start


def _sections(page: Page, atoms: Sequence[Atom], path: HeadingPath) -> Iterator[Group]:
    """Yield runs of atoms under one heading; headings without text between them stay together."""
    current = Group(path.names)
    last_heading = -1
    for atom in atoms:
        block = page.blocks[atom.block]
        if block.kind == BlockKind.HEADING:
            if current.has_body:
                yield current
                current = Group(path.names)
            if atom.block != last_heading:
                path.enter(block.level, block.text)
                last_heading = atom.block
            current.path = path.names
        else:
            current.has_body = True
        current.atoms.append(atom)
    if current.atoms:
        yield current


def _pack(page: Page, section: Group, room: Room) -> Iterator[Group]:
    """Cut one section into passages near the target size, between blocks where it can be."""
    if room.fits(section.tokens, section.end - section.start) and not any(page.blocks[atom.block].repeated for atom in section.atoms):
        yield section
        return
    current = Group(section.path)
    rest = section.tokens
    ideal = _even_share(rest, room)
    for atom in section.atoms:
        if current.atoms and _closes_before(page, atom, current, ideal, room):
            yield current
            rest -= current.tokens
            ideal = _even_share(rest, room)
            current = Group(section.path)
        current.atoms.append(atom)
    yield current


def _even_share(tokens: int, room: Room) -> float:
    """Equal parts, rather than full ones and a rest of three words."""
    return tokens / max(1, math.ceil(tokens / room.tokens))


def _closes_before(page: Page, atom: Atom, current: Group, ideal: float, room: Room) -> bool:
    tokens = current.tokens
    last = current.atoms[-1]
    if not room.fits(tokens + atom.tokens, atom.end - current.start):
        return True
    if page.blocks[last.block].kind == BlockKind.HEADING:
        # A heading goes with what it stands over.
        return False
    is_new_block = atom.block != last.block
    if is_new_block and (tokens >= 0.8 * ideal or page.blocks[atom.block].repeated):
        return True
    return tokens + atom.tokens - ideal >= ideal - tokens


def _join_small(page: Page, groups: Sequence[Group], room: Room) -> list[Group]:
    """Join a very short passage to the one before it: same section, its parent, or its sister."""
    joined: list[Group] = []
    for group in groups:
        previous = joined[-1] if joined else None
        if previous is not None and _may_join(page, previous, group, room):
            previous.path = _common(previous.path, group.path)
            previous.atoms.extend(group.atoms)
        else:
            joined.append(group)
    return joined


def _may_join(page: Page, first: Group, second: Group, room: Room) -> bool:
    if page.blocks[second.atoms[0].block].repeated:
        # The header of its table would stand twice in one passage.
        return False
    if min(first.tokens, second.tokens) >= PASSAGE_TOKENS_MIN:
        return False
    if not room.fits(first.tokens + second.tokens, second.end - first.start):
        return False
    is_below = second.path[: len(first.path)] == first.path
    return is_below or first.path[:-1] == second.path[:-1]


def _common(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    shared = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        shared += 1
    return first[:shared]
