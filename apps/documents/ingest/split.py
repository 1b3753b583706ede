"""Cut a parsed document into passages by its structure.

A pure function. What holds for any input: the passages of a page, in order, cover every letter
of its blocks exactly once; a passage's text is the page's text from `start` to `end`; what is
embedded for it (heading path and text) fits the embedder's window, so nothing is cut silently.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from apps.documents.constants import (
    HEADING_PATH_TOKENS,
    PASSAGE_CHARS_MAX,
    PASSAGE_TOKENS,
    PASSAGE_TOKENS_MIN,
)
from apps.documents.ingest.atoms import Atom, Room, count_all, divide, page_atoms
from apps.documents.ingest.drafts import PageLayout, make_draft
from apps.documents.ingest.headings import HeadingPath, fit_path
from apps.documents.ingest.types import BlockKind, CountTokens, Draft, Page, Parsed

# What joins path and text, and the marks a tokenizer adds at both ends.
_SEAM_TOKENS = 6


@dataclass(frozen=True, slots=True)
class SplitLimits:
    window: int
    target: int = PASSAGE_TOKENS

    @property
    def body(self) -> int:
        """Tokens a passage's own text may have, whatever its heading path."""
        room = self.window - HEADING_PATH_TOKENS - _SEAM_TOKENS
        return max(8, min(self.target, room))

    @property
    def room(self) -> Room:
        return Room(self.body, PASSAGE_CHARS_MAX)


@dataclass(slots=True)
class _Group:
    """Atoms that become one passage."""

    path: tuple[str, ...]
    atoms: list[Atom] = field(default_factory=list)
    has_body: bool = False

    @property
    def tokens(self) -> int:
        return sum(atom.tokens for atom in self.atoms)

    @property
    def chars(self) -> int:
        return self.atoms[-1].end - self.atoms[0].start


class Splitter:
    """Makes passages page by page, as pages are read; the headings that are open carry over from one to the next."""

    def __init__(self, title: str, count: CountTokens, limits: SplitLimits) -> None:
        self._title = title
        self._count = count
        self._limits = limits
        self._path = HeadingPath()

    def add(self, page: Page) -> list[Draft]:
        """Return the passages of the next page in reading order; none of them reaches into another page."""
        atoms = page_atoms(page, self._limits.room, self._count)
        groups: list[_Group] = []
        for section in _sections(page, atoms, self._path):
            groups.extend(_pack(section, self._limits))
        groups = _join_small(groups, self._limits)
        return _fitting_drafts(page, self._title, groups, self._count, self._limits)


def split_document(parsed: Parsed, count: CountTokens, limits: SplitLimits) -> list[Draft]:
    """Return the passages of all pages in reading order."""
    splitter = Splitter(parsed.title, count, limits)
    return [draft for page in parsed.pages for draft in splitter.add(page)]


def _sections(page: Page, atoms: Sequence[Atom], path: HeadingPath) -> Iterator[_Group]:
    """Yield runs of atoms under one heading; headings without text between them stay together."""
    current = _Group(path.names)
    last_heading = -1
    for atom in atoms:
        block = page.blocks[atom.block]
        if block.kind == BlockKind.HEADING:
            if current.has_body:
                yield current
                current = _Group(path.names)
            if atom.block != last_heading:
                path.enter(block.level, block.text)
                last_heading = atom.block
            current.path = path.names
        else:
            current.has_body = True
        current.atoms.append(atom)
    if current.atoms:
        yield current


def _pack(section: _Group, limits: SplitLimits) -> Iterator[_Group]:
    """Cut one section into passages near the target size, between blocks where it can be."""
    if _is_one_passage(section, limits):
        yield section
        return
    current = _Group(section.path)
    rest = section.tokens
    ideal = _even_share(rest, limits)
    for atom in section.atoms:
        if current.atoms and _closes_before(atom, current, ideal, limits):
            yield current
            rest -= current.tokens
            ideal = _even_share(rest, limits)
            current = _Group(section.path)
        current.atoms.append(atom)
    yield current


def _even_share(tokens: int, limits: SplitLimits) -> float:
    """Equal parts, rather than full ones and a rest of three words."""
    return tokens / max(1, math.ceil(tokens / limits.body))


def _is_one_passage(group: _Group, limits: SplitLimits) -> bool:
    return group.tokens <= limits.body and group.chars <= PASSAGE_CHARS_MAX


def _closes_before(atom: Atom, current: _Group, ideal: float, limits: SplitLimits) -> bool:
    tokens = current.tokens
    if tokens + atom.tokens > limits.body:
        return True
    if atom.end - current.atoms[0].start > PASSAGE_CHARS_MAX:
        return True
    is_new_block = atom.block != current.atoms[-1].block
    if is_new_block and tokens >= 0.8 * ideal:
        return True
    return tokens + atom.tokens - ideal >= ideal - tokens


def _join_small(groups: Sequence[_Group], limits: SplitLimits) -> list[_Group]:
    """Join a very short passage to the one before it: same section, its parent, or its sister."""
    joined: list[_Group] = []
    for group in groups:
        previous = joined[-1] if joined else None
        if previous is not None and _may_join(previous, group, limits):
            previous.path = _common(previous.path, group.path)
            previous.atoms.extend(group.atoms)
        else:
            joined.append(group)
    return joined


def _may_join(first: _Group, second: _Group, limits: SplitLimits) -> bool:
    if min(first.tokens, second.tokens) >= PASSAGE_TOKENS_MIN:
        return False
    if first.tokens + second.tokens > limits.body:
        return False
    if second.atoms[-1].end - first.atoms[0].start > PASSAGE_CHARS_MAX:
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


def _fitting_drafts(page: Page, title: str, groups: Sequence[_Group], count: CountTokens, limits: SplitLimits) -> list[Draft]:
    """Make drafts and prove by the tokenizer itself that each fits; halve those that do not.

    Counts of parts do not add up exactly in every tokenizer and script, hence the proof.
    """
    layout = PageLayout(page)
    waiting = list(groups)
    while True:
        paths = [fit_path(title, group.path, count) for group in waiting]
        drafts = [make_draft(layout, (group.atoms[0].start, group.atoms[-1].end), group.path, path) for group, path in zip(waiting, paths, strict=True)]
        counts = count_all([draft.embedded_text for draft in drafts], count)
        parts = [part for group, tokens in zip(waiting, counts, strict=True) for part in _halved(layout.text, group, tokens > limits.window, count)]
        if len(parts) == len(waiting):
            return drafts
        waiting = parts


def _halved(text: str, group: _Group, is_long: bool, count: CountTokens) -> list[_Group]:
    if not is_long:
        return [group]
    atoms = group.atoms
    if len(atoms) == 1:
        half = max(1, atoms[0].tokens // 2)
        atoms = divide(text, atoms, Room(half, PASSAGE_CHARS_MAX), count)
        if len(atoms) == 1:
            return [group]
    middle = len(atoms) // 2
    return [_Group(group.path, list(atoms[:middle])), _Group(group.path, list(atoms[middle:]))]
