"""Cut a parsed document into passages by its structure, page by page as it is read.

Pure: it knows the tokenizer only as a function. What holds for any input: the passages of a page, in order, cover every
letter of its blocks exactly once, what they say again aside; a passage's text is the page's text from `start` to `end`,
where tables are cut into groups by `group_tables`; what is embedded for it (heading path and text) fits the embedder's
window, so nothing is cut silently.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.documents.constants import HEADING_PATH_TOKENS, PASSAGE_CHARS_MAX, PASSAGE_OVERLAP_TOKENS, PASSAGE_TOKENS
from apps.documents.ingest.atoms import divide, page_atoms
from apps.documents.ingest.drafts import make_draft
from apps.documents.ingest.groups import Group, make_groups, overlap_start
from apps.documents.ingest.headings import HeadingPath, PathFitter
from apps.documents.ingest.layout import PageLayout
from apps.documents.ingest.room import Room, count_all
from apps.documents.ingest.table_groups import group_tables
from apps.documents.ingest.types import CountTokens, Draft, Page, Parsed

# What joins path and text, and the marks a tokenizer adds at both ends.
_SEAM_TOKENS = 6


@dataclass(frozen=True, slots=True)
class SplitLimits:
    window: int
    target: int = PASSAGE_TOKENS
    overlap: int = PASSAGE_OVERLAP_TOKENS

    @property
    def path(self) -> int:
        """Tokens the heading path may have: a small window is for the text first."""
        return min(HEADING_PATH_TOKENS, self.window // 4)

    @property
    def room(self) -> Room:
        """What a passage's own text may be, whatever its heading path."""
        tokens = min(self.target, self.window - self.path - _SEAM_TOKENS)
        return Room(max(8, tokens), PASSAGE_CHARS_MAX)


@dataclass(slots=True)
class _Item:
    """A passage on its way: what it is made of, and whether the tokenizer has said that it fits."""

    group: Group
    draft: Draft
    is_proven: bool = False


class Splitter:
    """Makes passages page by page, as pages are read; the headings that are open carry over from one to the next."""

    def __init__(self, title: str, count: CountTokens, limits: SplitLimits) -> None:
        self._count = count
        self._limits = limits
        self._path = HeadingPath()
        self._fitter = PathFitter(title, count, limits.path)

    def add(self, page: Page) -> list[Draft]:
        """Return the passages of the next page in reading order; none of them reaches into another page."""
        room = self._limits.room
        layout = PageLayout(group_tables(page, room, self._count))
        atoms = page_atoms(layout, room, self._count)
        groups = make_groups(layout.page, atoms, self._path, room)
        return self._overlapping(layout, self._proven(layout, groups))

    def _proven(self, layout: PageLayout, groups: Sequence[Group]) -> list[_Item]:
        """Make drafts and prove by the tokenizer itself that each fits; halve those that do not.

        Counts of parts do not add up exactly in every tokenizer and script, hence the proof.
        """
        items = self._items(layout, groups)
        while waiting := [item for item in items if not item.is_proven]:
            counts = count_all([item.draft.embedded_text for item in waiting], self._count)
            for item, tokens in zip(waiting, counts, strict=True):
                item.is_proven = tokens <= self._limits.window
            items = [part for item in items for part in ([item] if item.is_proven else self._smaller(layout, item))]
        return items

    def _smaller(self, layout: PageLayout, item: _Item) -> list[_Item]:
        """Return halves, or what cannot be halved any more without its path, and then as it is."""
        group = item.group
        atoms = group.atoms
        if len(atoms) == 1:
            atoms = divide(layout, atoms, Room(max(1, atoms[0].tokens // 2), PASSAGE_CHARS_MAX), self._count)
        if len(atoms) == 1:
            bare = make_draft(layout, (group.start, group.end), group.path, ())
            return [_Item(group, bare, is_proven=not item.draft.prefix)]
        middle = len(atoms) // 2
        return self._items(layout, [Group(group.path, list(half)) for half in (atoms[:middle], atoms[middle:])])

    def _items(self, layout: PageLayout, groups: Sequence[Group]) -> list[_Item]:
        """Make drafts of groups; what a cut left of nothing but white space is no passage."""
        items = []
        for group in groups:
            if not layout.text[group.start : group.end].isspace():
                path = self._fitter.fit(layout.page.label, group.path)
                items.append(_Item(group, make_draft(layout, (group.start, group.end), group.path, path)))
        return items

    def _overlapping(self, layout: PageLayout, items: Sequence[_Item]) -> list[Draft]:
        """Let passages begin with the end of the one before, where the whole still fits."""
        drafts = [item.draft for item in items]
        longer: dict[int, Draft] = {}
        for number in range(1, len(items)):
            group, draft = items[number].group, drafts[number]
            start = overlap_start(layout.page, items[number - 1].group, group, self._limits.overlap)
            if start < group.start:
                path = self._fitter.fit(layout.page.label, group.path) if draft.prefix else ()
                longer[number] = make_draft(layout, (start, group.end), group.path, path, own=draft.start)
        counts = count_all([draft.embedded_text for draft in longer.values()], self._count)
        for (number, draft), tokens in zip(longer.items(), counts, strict=True):
            if tokens <= self._limits.window:
                drafts[number] = draft
        return drafts


def split_document(parsed: Parsed, count: CountTokens, limits: SplitLimits) -> list[Draft]:
    """Return the passages of all pages in reading order."""
    splitter = Splitter(parsed.title, count, limits)
    return [draft for page in parsed.pages for draft in splitter.add(page)]
