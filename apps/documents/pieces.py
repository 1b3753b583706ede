"""A passage's text as pieces to show: headings, paragraphs, nested lists, code and tables, the cited words marked in each."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from apps.documents.ingest.table_groups import is_rule

# Text and whether it is marked.
Segment = tuple[str, bool]
Span = tuple[int, int]

_LIST_DEPTH_MAX = 6
_LINE = re.compile(r"[^\n]+")
_PIPE = re.compile(r"(?<!\\)\|")
_ESCAPED = re.compile(r"\\(?=\|)")


@dataclass(frozen=True, slots=True)
class ItemView:
    segments: list[Segment]
    items: list["ItemView"] = field(default_factory=list)


@dataclass(slots=True)
class BodyView:
    """Rows of a table that one passage shows; with an anchor, they stand in the table of the passage before."""

    rows: list[list[list[Segment]]]
    anchor: str = ""
    is_cited: bool = False


@dataclass(slots=True)
class TableView:
    # The header as the text says it, to know it again.
    head_text: str
    head: list[list[Segment]]
    bodies: list[BodyView]


@dataclass(frozen=True, slots=True)
class PieceView:
    """One block, or a run of list items. What is neither list nor table is its `segments`."""

    kind: str
    level: int = 0
    segments: list[Segment] = field(default_factory=list)
    items: list[ItemView] = field(default_factory=list)
    table: TableView | None = None

    def says(self, name: str) -> bool:
        """Whether it is a heading with just these words."""
        return self.kind == "heading" and "".join(text for text, _is_marked in self.segments).split() == name.split()


@dataclass(frozen=True, slots=True)
class Shown:
    """What of a text is shown, and what of it is marked. An empty or turned mark marks nothing."""

    text: str
    start: int
    end: int
    mark: Span = (0, 0)

    def segments(self, start: int, end: int) -> list[Segment]:
        low, high = max(start, self.mark[0]), min(end, self.mark[1])
        if low >= high:
            return [(self.text[start:end], False)]
        parts = [(self.text[start:low], False), (self.text[low:high], True), (self.text[high:end], False)]
        return [part for part in parts if part[0]]


# Any: blocks as the passage's row has them, plain JSON.
def make_pieces(shown: Shown, blocks: Iterable[dict[str, Any]]) -> list[PieceView]:
    pieces: list[PieceView] = []
    items: list[tuple[int, list[Segment]]] = []
    for kind, level, start, end in _parts(shown, blocks):
        if kind == "list_item":
            items.append((level, shown.segments(start, end)))
            continue
        pieces.extend(_list_of(items))
        items = []
        if kind == "table":
            pieces.append(PieceView("table", table=read_table(shown, start, end)))
        else:
            pieces.append(PieceView(kind, level, shown.segments(start, end)))
    return [*pieces, *_list_of(items)]


def _parts(shown: Shown, blocks: Iterable[dict[str, Any]]) -> Iterator[tuple[str, int, int, int]]:
    for block in blocks:
        start, end = max(block["start"], shown.start), min(block["end"], shown.end)
        if start < end and shown.text[start:end].strip():
            yield block["kind"], block["level"], start, end


def _list_of(items: Sequence[tuple[int, list[Segment]]]) -> list[PieceView]:
    """Nest items by their levels; one that goes down by several at once goes down by one."""
    if not items:
        return []
    root: list[ItemView] = []
    open_lists: list[tuple[int, list[ItemView]]] = [(0, root)]
    for level, segments in items:
        while len(open_lists) > 1 and open_lists[-1][0] >= level:
            open_lists.pop()
        item = ItemView(segments)
        open_lists[-1][1].append(item)
        if len(open_lists) < _LIST_DEPTH_MAX:
            open_lists.append((level, item.items))
    return [PieceView("list", items=root)]


# --- tables


def readable(text: str, blocks: Iterable[dict[str, Any]]) -> list[str]:
    """Return what to show of each letter of a passage quoted as a line: of tables their cells, without what draws the table."""
    letters = list(text)
    for block in blocks:
        if block["kind"] == "table":
            for match in _LINE.finditer(text, block["start"], block["end"]):
                _plain_line(text, *match.span(), letters)
    return letters


def _plain_line(text: str, start: int, end: int, letters: list[str]) -> None:
    if is_rule(text[start:end]):
        letters[start : min(end + 1, len(letters))] = [""] * (min(end + 1, len(letters)) - start)
        return
    first, last = _stripped(text, start, end)
    for match in _PIPE.finditer(text, start, end):
        is_edge = match.start() in (first, last - 1)
        letters[match.start()] = "" if is_edge else "\u00b7"
    for match in _ESCAPED.finditer(text, start, end):
        letters[match.start()] = ""


def read_table(shown: Shown, start: int, end: int) -> TableView:
    """Read Markdown's table back into cells; a part of one, without its header, is rows alone."""
    lines = [match.span() for match in _LINE.finditer(shown.text, start, end)]
    if len(lines) > 1 and is_rule(shown.text[slice(*lines[1])]):
        first, *rows = lines[0], *lines[2:]
        return TableView(shown.text[start : lines[1][1]], _row(shown, first), [BodyView([_row(shown, line) for line in rows])])
    return TableView("", [], [BodyView([_row(shown, line) for line in lines])])


def _row(shown: Shown, line: Span) -> list[list[Segment]]:
    """Cut a line at its pipes. Each cell knows where it stands in the text, so that marks stay at their words."""
    start, end = _stripped(shown.text, *line)
    pipes = [match.start() for match in _PIPE.finditer(shown.text, start, end)]
    edges = [start - 1, *pipes, end]
    if pipes and pipes[0] == start:
        edges = edges[1:]
    if pipes and pipes[-1] == end - 1 and len(edges) > 2:
        edges = edges[:-1]
    return [_cell(shown, *_stripped(shown.text, before + 1, after)) for before, after in pairwise(edges)]


def _stripped(text: str, start: int, end: int) -> Span:
    cut = text[start:end]
    left = start + len(cut) - len(cut.lstrip())
    return left, max(left, end - (len(cut) - len(cut.rstrip())))


def _cell(shown: Shown, start: int, end: int) -> list[Segment]:
    segments = shown.segments(start, end)
    following = [*(text for text, _is_marked in segments[1:]), ""]
    return [(_plain(text, after), is_marked) for (text, is_marked), after in zip(segments, following, strict=True)]


def _plain(text: str, after: str) -> str:
    """Take away the stroke before a pipe that is no border; a mark may begin between the two."""
    if text.endswith("\\") and after.startswith("|"):
        text = text[:-1]
    return text.replace("\\|", "|")


def join_table(before: PieceView, after: PieceView, anchor: str, *, is_cited: bool) -> bool:
    """Put the rows of a table that goes on into the table before; False if it has a header of its own, or is no table."""
    if before.table is None or after.table is None or after.table.head_text not in ("", before.table.head_text):
        return False
    rows = [row for body in after.table.bodies for row in body.rows]
    before.table.bodies.append(BodyView(rows, anchor, is_cited))
    return True
