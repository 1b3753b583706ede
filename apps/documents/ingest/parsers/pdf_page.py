"""One page of a PDF as it is read: from the text layer, or by text recognition where that cannot be believed."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

from apps.documents.constants import OCR_PIXELS_MAX
from apps.documents.ingest.ocr import OcrFailed, Picture, read_picture
from apps.documents.ingest.parsers.pdf_aligned import with_tables
from apps.documents.ingest.parsers.pdf_grid import Table, find_grids, is_inside, make_table
from apps.documents.ingest.parsers.pdf_lines import Box, Line, PageLines, read_lines, turn_back
from apps.documents.ingest.parsers.pdf_order import is_right_to_left, rows_in_order
from apps.documents.ingest.parsers.pdf_quality import is_readable, is_unlikely, is_unmapped
from apps.documents.ingest.parsers.pdf_rules import Drawing, Rule, read_drawing
from apps.documents.ingest.parsers.scan import Placing, scan_paragraphs

_DPI = 300
_SIDE_MAX = 20_000
# A page of pictures with fewer letters than this was scanned, and somebody stamped it.
_THIN_LETTERS = 60
_PICTURE_SHARE = 0.5
# pypdfium2 has no types.
PdfPage = Any


@dataclass(slots=True)
class PageContent:
    """What was found on a page. `paragraphs` stands instead of `pieces` where text recognition read it."""

    number: int
    box: Box = (0.0, 0.0, 1.0, 1.0)
    pieces: list[Line] = field(default_factory=list)
    drawing: Drawing = field(default_factory=Drawing)
    paragraphs: list[list[Line]] | None = None
    # It shows something that nobody could read.
    is_unread: bool = False

    @property
    def lines(self) -> list[Line]:
        return self.pieces if self.paragraphs is None else [line for paragraph in self.paragraphs for line in paragraph]


@dataclass(slots=True)
class Shot:
    """A page as a picture, and how to find its places on the page again."""

    picture: Picture
    place: Placing


def read_text_layer(page: PdfPage, number: int) -> PageContent:
    """Read words and rules; a text layer that is noise is left out and the page said to be unread."""
    text_page = page.get_textpage()
    try:
        found = read_lines(text_page)
    finally:
        text_page.close()
    content = PageContent(number, box=tuple(page.get_bbox()), drawing=read_drawing(page))
    if _is_noise(found):
        content.is_unread = True
        return content
    content.pieces = found.lines
    letters = sum(len(word.text) for line in found.lines for word in line.words)
    is_scan = letters < _THIN_LETTERS and content.drawing.picture_share > _PICTURE_SHARE
    content.is_unread = is_scan or (not letters and not content.drawing.is_blank)
    return content


def _is_noise(found: PageLines) -> bool:
    if not found.visible:
        return False
    words = [word.text for line in found.lines for word in line.words]
    return is_unlikely(words) or (is_unmapped(found.visible, found.unmapped) and not is_readable(found.guessed))


def take_shot(page: PdfPage) -> Shot:
    """Draw a page in grey, as large as text recognition likes it, but never larger than it may be."""
    width, height = (max(1.0, side) for side in page.get_size())
    scale = min(_DPI / 72, sqrt(OCR_PIXELS_MAX / (width * height)) * 0.99, _SIDE_MAX / max(width, height))
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        rows = memoryview(bitmap.buffer).cast("B")
        pixels = b"".join(rows[at * bitmap.stride : at * bitmap.stride + bitmap.width] for at in range(bitmap.height))
        picture = Picture(bitmap.width, bitmap.height, pixels, dpi=max(70, round(scale * 72)))
        return Shot(picture, _placing(page, bitmap.width, bitmap.height))
    finally:
        bitmap.close()


def _placing(page: PdfPage, width: int, height: int) -> Placing:
    """Ask pdfium once where three corners lie; a page may be turned, and its origin elsewhere."""
    origin, right, low = (_page_point(page, (width, height), corner) for corner in ((0, 0), (width, 0), (0, height)))

    def point(x: float, y: float) -> tuple[float, float]:
        across, down = x / width, y / height
        return (
            origin[0] + across * (right[0] - origin[0]) + down * (low[0] - origin[0]),
            origin[1] + across * (right[1] - origin[1]) + down * (low[1] - origin[1]),
        )

    def place(box: Box) -> Box:
        (x0, y0), (x1, y1) = point(box[0], box[1]), point(box[2], box[3])
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    return place


def _page_point(page: PdfPage, size: tuple[int, int], corner: tuple[int, int]) -> tuple[float, float]:
    import ctypes

    from pypdfium2 import raw

    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDF_DeviceToPage(page, 0, 0, *size, 0, *corner, x, y)
    return x.value, y.value


def recognise(content: PageContent, shot: Shot, languages: str, alive: Callable[[], None]) -> None:
    """Read the picture of a page; what it says replaces the text layer if it says more."""
    try:
        words = read_picture(shot.picture, languages, alive)
    except OcrFailed:
        return
    content.is_unread = False
    letters = sum(len(word.text) for line in content.pieces for word in line.words)
    if sum(len(word.text) for word in words) > letters:
        content.paragraphs = scan_paragraphs(words, shot.place)


def items_of(content: PageContent) -> list[Line | Table]:
    """Return the lines and tables of a text layer in reading order, what is turned otherwise than most at the end."""
    turns = Counter(turn for line in content.pieces for turn in [line.words[0].turn] for _letter in line.text)
    items: list[Line | Table] = []
    for turn, _letters in turns.most_common():
        pieces = [line for line in content.pieces if line.words[0].turn == turn]
        items.extend(_in_order(pieces, _turned(content.drawing, turn) if not items else Drawing()))
    return items


def _turned(drawing: Drawing, turn: int) -> Drawing:
    """Return the rules as they stand when the text is made upright."""
    if not turn:
        return drawing
    upright = Drawing()
    for rules, is_across in ((drawing.across, True), (drawing.down, False)):
        for at, start, end in rules:
            x0, y0, x1, y1 = turn_back((start, at, end, at) if is_across else (at, start, at, end), turn)
            if y0 == y1:
                upright.across.append(Rule(y0, x0, x1))
            else:
                upright.down.append(Rule(x0, y0, y1))
    return upright


def _in_order(pieces: Sequence[Line], drawing: Drawing) -> list[Line | Table]:
    rtl = is_right_to_left(pieces)
    left: list[Line] = list(pieces)
    tables: list[Table] = []
    for grid in find_grids(drawing.across, drawing.down):
        inside = [piece for piece in left if is_inside(grid, piece)]
        table = make_table(grid, inside, rtl=rtl) if inside else None
        if table is not None:
            tables.append(table)
            left = [rest for piece in left for rest in _outside(grid, piece)]
    ordered: list[Line | Table] = []
    for row in with_tables(rows_in_order([*left, *tables], rtl=rtl), rtl=rtl):
        ordered.extend(_joined(row))
    return ordered


def _outside(grid: Any, piece: Line) -> list[Line]:
    words = [word for word in piece.words if not is_inside(grid, Line([word]))]
    if len(words) == len(piece.words):
        return [piece]
    return [Line(words)] if words else []


def _joined(row: Sequence[Line | Table]) -> list[Line | Table]:
    joined: list[Line | Table] = []
    for item in row:
        last = joined[-1] if joined else None
        if isinstance(item, Line) and isinstance(last, Line):
            joined[-1] = Line([*last.words, *item.words])
        else:
            joined.append(item)
    return joined
