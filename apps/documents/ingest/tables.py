"""Tables as Markdown: one line a row, cut into groups of rows that each say the header again.

Every parser's tables pass here, so a pipe or a line break in a cell never makes another cell or row.
"""

from collections.abc import Iterable, Iterator, Sequence

from apps.documents.constants import MAX_PADDED_COLUMNS
from apps.documents.ingest.text import flow
from apps.documents.ingest.types import Block, BlockKind

# About what one passage holds; a group's header is counted in.
_GROUP_CHARS = 700
# A header that takes more than this of each group would leave no room for rows.
_REPEATED_MAX = 300
# A merged cell that says no more than this says it in each of its places: so each row and column keeps its heading.
_MERGED_MAX = 40


def table_blocks(rows: Iterable[Sequence[str]], *, first_row: int = 1, has_header: bool = True) -> list[Block]:
    """Return a table as blocks of whole rows.

    `first_row` is the number of the first of `rows`; empty rows are left out, but counted. With a header, the first row
    with text is it: every group but the first repeats it, where it is short enough. A row too long for a group stands alone.
    """
    kept = [(number, row) for number, row in enumerate(rows, first_row) if _has_text(row)]
    if not kept:
        return []
    width = min(max(len(row) for _number, row in kept), MAX_PADDED_COLUMNS)
    lines = [(number, row_line(row, width)) for number, row in kept]
    if not has_header or len(lines) == 1:
        return list(_groups(lines, ""))
    (number, head), *body = lines
    head += "\n|" + " --- |" * max(width, len(kept[0][1])) + "\n"
    if len(head) <= _REPEATED_MAX:
        return list(_groups(body, head))
    return [Block(BlockKind.TABLE, head.rstrip("\n"), rows=(number, number)), *_groups(body, "")]


def merged_cells(text: str, count: int) -> list[str]:
    """Return the `count` cells of a merged one. A long text is said once only."""
    return [text] * count if len(text) <= _MERGED_MAX else [text, *[""] * (count - 1)]


def row_line(row: Sequence[str], width: int) -> str:
    """Return one row as a line of at least `width` cells."""
    cells = [_cell(cell) for cell in row]
    return "| " + " | ".join([*cells, *[""] * (width - len(cells))]) + " |"


def _cell(text: str) -> str:
    # Most cells of large sheets are numbers and plain words, of which nothing has to be cleaned.
    shown = " ".join(text.split()) if text.isascii() and text.isprintable() else flow(text)
    return shown.replace("|", "\\|")


def _has_text(row: Sequence[str]) -> bool:
    return any(cell and not cell.isspace() for cell in row)


def _groups(lines: Sequence[tuple[int, str]], head: str) -> Iterator[Block]:
    """Yield the lines as blocks, all but the first with the head repeated."""
    room = _GROUP_CHARS - len(head)
    group: list[str] = []
    begin, size, repeated = lines[0][0], 0, 0
    last = begin
    for number, line in lines:
        if group and size + len(line) > room:
            yield Block(BlockKind.TABLE, head + "\n".join(group), rows=(begin, last), repeated=repeated)
            group, begin, size, repeated = [], number, 0, len(head)
        group.append(line)
        size += len(line) + 1
        last = number
    yield Block(BlockKind.TABLE, head + "\n".join(group), rows=(begin, last), repeated=repeated)
