"""From ruling lines to the cells of tables.

Rules that touch belong to one table. Its rules cut it into the smallest cells; cells without a rule between them are one
(spans). The outer border may be missing. Text in a cell that breaks its lines before they are full is several rows:
many tables rule their columns, but not each row.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from apps.documents.ingest.parsers.pdf_lines import Box, Line, Word
from apps.documents.ingest.parsers.pdf_order import rows_in_order
from apps.documents.ingest.parsers.pdf_rules import Rule

# Double rules and the two sides of a thin filled box are one rule.
_SNAP = 3.0
_RULES_MAX = 400
_CELLS_MAX = 5000
# A table's cell is no page: a frame around text is no table.
_LARGEST_SHARE = 0.6
_MIN_FILLED = 3

Place = tuple[int, int]


@dataclass(slots=True)
class Grid:
    """A table's rules as positions: columns from left to right, rows from the top down, and which sides are ruled."""

    xs: list[float]
    ys: list[float]
    # For each cell, whether the rule on its right side and the one below it are drawn.
    right: list[list[bool]]
    below: list[list[bool]]

    @property
    def box(self) -> Box:
        return self.xs[0], self.ys[-1], self.xs[-1], self.ys[0]


@dataclass(slots=True)
class Cell:
    pieces: list[Line] = field(default_factory=list)
    rows: list[list[Line]] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """Rows of cells, each the words in it in reading order; stands on the page like a line does."""

    box: Box
    rows: list[list[list[Line]]]

    @property
    def is_mono(self) -> bool:
        return False

    @property
    def text(self) -> str:
        return " ".join(line.text for row in self.rows for cell in row for line in cell)


def find_grids(across: Sequence[Rule], down: Sequence[Rule]) -> list[Grid]:
    """Return the grids that touching rules make, if each has at least two cells."""
    across, down = _merge(across), _merge(down)
    if not across or not down or len(across) + len(down) > _RULES_MAX:
        return []
    grids = [_grid(rows, columns) for rows, columns in _components(across, down)]
    return [grid for grid in grids if grid is not None]


def _merge(rules: Sequence[Rule]) -> list[Rule]:
    """Snap rules that nearly coincide, and join those that go on from one another."""
    levels: list[list[Rule]] = []
    for rule in sorted(rules):
        if levels and rule.at - levels[-1][-1].at <= _SNAP and rule.at - levels[-1][0].at <= 2 * _SNAP:
            levels[-1].append(rule)
        else:
            levels.append([rule])
    merged: list[Rule] = []
    for level in levels:
        at = sum(rule.at for rule in level) / len(level)
        parts: list[Rule] = []
        for rule in sorted(level, key=lambda one: one.start):
            if parts and rule.start <= parts[-1].end + _SNAP:
                parts[-1] = Rule(at, parts[-1].start, max(parts[-1].end, rule.end))
            else:
                parts.append(Rule(at, rule.start, rule.end))
        merged.extend(parts)
    return merged


def _touch(row: Rule, column: Rule) -> bool:
    return row.start - _SNAP <= column.at <= row.end + _SNAP and column.start - _SNAP <= row.at <= column.end + _SNAP


def _components(across: Sequence[Rule], down: Sequence[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    found = []
    rows_left, columns_left = list(across), list(down)
    while rows_left:
        rows, columns = [rows_left.pop()], []
        news: list[Rule] = list(rows)
        while news:
            new_columns = [column for column in columns_left if any(_touch(row, column) for row in news)]
            columns_left = [column for column in columns_left if column not in new_columns]
            news = [row for row in rows_left if any(_touch(row, column) for column in new_columns)]
            rows_left = [row for row in rows_left if row not in news]
            columns.extend(new_columns)
            rows.extend(news)
        found.append((rows, columns))
    return found


def _grid(across: Sequence[Rule], down: Sequence[Rule]) -> Grid | None:
    xs = _positions([rule.at for rule in down] + [min(rule.start for rule in across), max(rule.end for rule in across)])
    lows, highs = [rule.start for rule in down], [rule.end for rule in down]
    ys = _positions([rule.at for rule in across] + ([min(lows), max(highs)] if down else []))[::-1]
    width, height = len(xs) - 1, len(ys) - 1
    if not down or width < 1 or height < 1 or not 2 <= width * height <= _CELLS_MAX:
        return None
    right = [[_is_ruled(down, xs[x + 1], (ys[y] + ys[y + 1]) / 2) for x in range(width)] for y in range(height)]
    below = [[_is_ruled(across, ys[y + 1], (xs[x] + xs[x + 1]) / 2) for x in range(width)] for y in range(height)]
    return Grid(xs, ys, right, below)


def _positions(values: Sequence[float]) -> list[float]:
    kept: list[float] = []
    for value in sorted(values):
        if not kept or value - kept[-1] > _SNAP:
            kept.append(value)
    return kept


def _is_ruled(rules: Sequence[Rule], at: float, middle: float) -> bool:
    return any(abs(rule.at - at) <= _SNAP and rule.start - 1 <= middle <= rule.end + 1 for rule in rules)


def make_table(grid: Grid, pieces: Sequence[Line], *, rtl: bool) -> Table | None:
    """Put pieces of lines into the grid's cells; None where what comes of it is no table."""
    cells = _merged_cells(grid)
    filled: dict[Place, Cell] = {}
    for word in (word for piece in pieces for word in piece.words):
        place = _place(grid, word)
        if place is not None:
            _put(filled.setdefault(cells[place], Cell()), word)
    if not _is_table(filled):
        return None
    for cell in filled.values():
        cell.rows = rows_in_order(cell.pieces, rtl=rtl)
    if any(_is_ragged(cell) for cell in filled.values()):
        return None
    width = len(grid.xs) - 1
    rows = []
    for y in range(len(grid.ys) - 1):
        band = {x: filled[y, x] for x in range(width) if (y, x) in filled}
        rows.extend(_split_band(grid, band, width))
    used = [x for x in range(width) if any(row[x] for row in rows)]
    columns = used[::-1] if rtl else used
    return Table(grid.box, [[row[x] for x in columns] for row in rows])


def is_inside(grid: Grid, piece: Line) -> bool:
    return any(_place(grid, word) is not None for word in piece.words)


def _merged_cells(grid: Grid) -> dict[Place, Place]:
    """Return for each smallest cell the first one, from top and left, of those it is one with."""
    height, width = len(grid.right), len(grid.right[0])
    first: dict[Place, Place] = {}
    for y in range(height):
        for x in range(width):
            if (y, x) in first:
                continue
            waiting = [(y, x)]
            while waiting:
                place = waiting.pop()
                if place in first:
                    continue
                first[place] = (y, x)
                waiting.extend(_open_neighbours(grid, place))
    return first


def _open_neighbours(grid: Grid, place: Place) -> list[Place]:
    y, x = place
    height, width = len(grid.right), len(grid.right[0])
    found = []
    if x + 1 < width and not grid.right[y][x]:
        found.append((y, x + 1))
    if x and not grid.right[y][x - 1]:
        found.append((y, x - 1))
    if y + 1 < height and not grid.below[y][x]:
        found.append((y + 1, x))
    if y and not grid.below[y - 1][x]:
        found.append((y - 1, x))
    return found


def _place(grid: Grid, word: Word) -> Place | None:
    middle_x, middle_y = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
    x0, y0, x1, y1 = grid.box
    if not (x0 <= middle_x <= x1 and y0 <= middle_y <= y1):
        return None
    x = max(index for index, left in enumerate(grid.xs[:-1]) if left <= middle_x or not index)
    y = max(index for index, top in enumerate(grid.ys[:-1]) if top >= middle_y or not index)
    return y, x


def _put(cell: Cell, word: Word) -> None:
    """Add a word to the piece it follows, or begin a new piece with it."""
    if cell.pieces and _follows(cell.pieces[-1].words[-1], word):
        cell.pieces[-1].join(Line([word]))
    else:
        cell.pieces.append(Line([word]))


def _follows(last: Word, word: Word) -> bool:
    is_level = min(last.y1, word.y1) - max(last.y0, word.y0) > 0.5 * min(last.y1 - last.y0, word.y1 - word.y0)
    gap = max(word.x0 - last.x1, last.x0 - word.x1)
    return is_level and not last.is_parted and gap < 2 * max(last.size, word.size)


def _is_table(filled: dict[Place, Cell]) -> bool:
    if len(filled) < _MIN_FILLED or len({y for y, _x in filled}) < 2 or len({x for _y, x in filled}) < 2:
        return False
    lengths = [sum(len(piece.text) for piece in cell.pieces) for cell in filled.values()]
    return max(lengths) <= _LARGEST_SHARE * sum(lengths) or max(lengths) < 200


def _is_ragged(cell: Cell) -> bool:
    """Say whether a cell is more than one: a frame around a form, around a table without rules."""
    return len(cell.rows) > 2 and sum(len(row) > 1 for row in cell.rows) * 2 > len(cell.rows)


def _split_band(grid: Grid, band: dict[int, Cell], width: int) -> list[list[list[Line]]]:
    """Return the rows of one ruled row: as many as its cells have lines, if their breaks are meant."""
    whole = [[_flat(band[x].rows) if x in band else [] for x in range(width)]]
    heights = [len(cell.rows) for cell in band.values() if len(cell.rows) > 1]
    if len(heights) < 2 or not (_are_numbers(band) or all(_breaks_are_meant(grid, x, cell) for x, cell in band.items())):
        return whole
    levels = _levels([row for cell in band.values() if len(cell.rows) > 1 for row in cell.rows])
    if len(levels) > max(heights) + 1 and len(levels) > 1.5 * max(heights):
        return whole
    rows: list[list[list[Line]]] = [[[] for _x in range(width)] for _level in levels]
    for x, cell in band.items():
        for row in cell.rows:
            level = _nearest(levels, row) if len(cell.rows) > 1 else 0
            rows[level][x].extend(row)
    return rows


def _flat(rows: Sequence[Sequence[Line]]) -> list[Line]:
    return [piece for row in rows for piece in row]


def _are_numbers(band: dict[int, Cell]) -> bool:
    """Say whether the cells with several lines have the same number of them, most being numbers."""
    tall = [cell for cell in band.values() if len(cell.rows) > 1]
    words = [word.text for cell in tall for row in cell.rows for piece in row for word in piece.words]
    lines = sum(len(cell.rows) for cell in tall)
    is_even = len({len(cell.rows) for cell in tall}) == 1 and len(tall) > 2
    return is_even and len(words) == lines and 2 * sum(any(map(str.isdigit, word)) for word in words) > len(words)


def _breaks_are_meant(grid: Grid, x: int, cell: Cell) -> bool:
    """Say whether the first word of most lines would have fitted into the line before."""
    if len(cell.rows) < 2:
        return True
    edge = min((right for right in grid.xs[x + 1 :]), default=grid.xs[-1])
    edge = max([edge, *(piece.box[2] for row in cell.rows for piece in row)])
    meant = 0
    for row, following in zip(cell.rows, cell.rows[1:], strict=False):
        word = following[0].words[0]
        room = (edge - grid.xs[x]) - sum(piece.box[2] - piece.box[0] for piece in row)
        meant += (word.x1 - word.x0) + 1.2 * word.size < room and not row[-1].words[-1].is_parted
    return meant * 2 > len(cell.rows) - 1


def _levels(rows: Sequence[Sequence[Line]]) -> list[float]:
    levels: list[float] = []
    for row in sorted(rows, key=lambda one: -one[0].box[1]):
        if not levels or levels[-1] - row[0].box[1] > 0.5 * row[0].size:
            levels.append(row[0].box[1])
    return levels


def _nearest(levels: Sequence[float], row: Sequence[Line]) -> int:
    return min(range(len(levels)), key=lambda index: abs(levels[index] - row[0].box[1]))
