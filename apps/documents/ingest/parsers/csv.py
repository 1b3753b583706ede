"""CSV and its kin: one table, whatever parts its fields. A wrong guess makes odd cells, but loses no text.

The standard library's reader gives up at long fields and takes all that follows a lone quote for one; here a quote that
is never closed is a letter like any other.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from apps.documents.errors import EmptyFile
from apps.documents.ingest.limits import check_text
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.parsers.plain import read_text
from apps.documents.ingest.tables import table_blocks
from apps.documents.ingest.text import flow
from apps.documents.ingest.types import Block, BlockKind, Page, Parsed, Progress
from apps.documents.types import Unit

# The rarer a sign is in words and numbers, the earlier it is asked.
_DELIMITERS = "\t;|,"
_SAMPLE_CHARS = 100_000
_SAMPLE_ROWS = 300
_PULSE_ROWS = 5000
# What stands between two cells of a row is text as well.
_CELL_CHARS = 3
_TITLE_WIDTH_MIN = 3
_TITLES_MAX = 10
# Excel's own way to say what parts the fields.
_SAID = re.compile(r"sep=([\t;|,])[ \t]*\n", re.IGNORECASE)


class CsvParser:
    name = "csv"
    version = 1

    def parse(self, path: Path, progress: Progress, desk: Desk = BARE) -> Parsed:
        text = read_text(path)
        said = _SAID.match(text)
        delimiter = said[1] if said else find_delimiter(text[:_SAMPLE_CHARS])
        rows: list[list[str]] = [[]] if said else []
        chars = 0
        for row in read_rows(text, delimiter, said.end() if said else 0):
            chars += sum(len(cell) + _CELL_CHARS for cell in row)
            check_text(chars)
            rows.append(row)
            if len(rows) % _PULSE_ROWS == 0:
                progress(0, 1)
        blocks = _blocks(rows)
        if not blocks:
            raise EmptyFile("There is no text in this table.")
        progress(1, 1)
        return Parsed("", [Page(1, tuple(blocks))], page_count=1, unit=Unit.SHEET)


def find_delimiter(sample: str) -> str:
    """Return the sign under which most rows have equally many cells, more than one."""
    best, best_share = ",", 0.0
    for delimiter in _DELIMITERS:
        if delimiter not in sample:
            continue
        widths = Counter(_width(row) for row in islice(read_rows(sample, delimiter), _SAMPLE_ROWS) if any(row))
        width, count = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(1, 0))
        share = count / max(1, widths.total()) if width > 1 else 0.0
        if share > best_share:
            best, best_share = delimiter, share
    return best


def _width(row: Sequence[str]) -> int:
    """Return how many cells a row has; a quote that was cut off says that it is no row."""
    return 0 if any(cell.startswith('"') for cell in row) else len(row)


def read_rows(text: str, delimiter: str, start: int = 0) -> Iterator[list[str]]:
    """Yield the rows of a text with \\n as line ends; a quoted field may hold any of the signs.

    Each try to read a quoted field ends at the next lone quote, so no text takes more than its length's time.
    """
    sign = re.escape(delimiter)
    field = re.compile(rf'[ ]*"((?:[^"]|"")*+)"[ ]*(?={sign}|\n|\Z)|([^{sign}\n]*)')
    row: list[str] = []
    at = start
    while at < len(text):
        found = field.match(text, at)
        # The second way to read a field fits everywhere.
        assert found is not None
        row.append(found[2] if found[1] is None else found[1].replace('""', '"'))
        at = found.end()
        if at >= len(text) or text[at] == "\n":
            yield row
            row = []
        elif at == len(text) - 1:
            yield [*row, ""]
        at += 1


def _blocks(rows: Sequence[list[str]]) -> list[Block]:
    """Return lines above the table as lines, the rest as the table."""
    width = max((len(row) for row in rows), default=0)
    blocks: list[Block] = []
    first = 0
    while width >= _TITLE_WIDTH_MIN and first < min(len(rows) - 1, _TITLES_MAX):
        said = [cell for cell in rows[first] if flow(cell)]
        if len(said) > 1:
            break
        if said:
            blocks.append(Block(BlockKind.PARAGRAPH, flow(said[0]), rows=(first + 1, first + 1)))
        first += 1
    return [*blocks, *table_blocks(rows[first:], first_row=first + 1)]
