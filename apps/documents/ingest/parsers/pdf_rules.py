"""What is drawn on a page besides its text: ruling lines, and how much of it pictures cover."""

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

# A page with more than this is a drawing.
_OBJECTS_MAX = 6000
_POINTS_MAX = 20_000
_DEPTH_MAX = 4
# Rules are straight, and longer than a letter's stroke.
_STRAIGHT = 0.7
_LENGTH_MIN = 4.0
_BAR_MAX = 3.0

Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Rule(NamedTuple):
    """A ruling line: where it stands across its direction, and from where to where it goes."""

    at: float
    start: float
    end: float


@dataclass(slots=True)
class Drawing:
    """Rules from left to right (`across`) and from bottom to top (`down`); the share of the page under pictures."""

    across: list[Rule] = field(default_factory=list)
    down: list[Rule] = field(default_factory=list)
    picture_share: float = 0.0
    is_blank: bool = True


def read_drawing(page: Any) -> Drawing:
    """Look at the page's objects, those inside forms too."""
    return _Reader(page).read()


class _Reader:
    def __init__(self, page: Any) -> None:
        from pypdfium2 import raw

        self._raw = raw
        self._page = page
        self._drawing = Drawing()
        self._objects = 0
        self._points = 0
        self._picture_area = 0.0

    def read(self) -> Drawing:
        width, height = self._page.get_size()
        count = self._raw.FPDFPage_CountObjects(self._page)
        self._drawing.is_blank = count <= 0
        self._visit((self._raw.FPDFPage_GetObject(self._page, index) for index in range(count)), _IDENTITY, 0)
        self._drawing.picture_share = min(1.0, self._picture_area / max(width * height, 1.0))
        return self._drawing

    def _visit(self, objects: Iterator[Any], matrix: Matrix, depth: int) -> None:
        for one in objects:
            self._objects += 1
            if self._objects > _OBJECTS_MAX or self._points > _POINTS_MAX:
                return
            kind = self._raw.FPDFPageObj_GetType(one)
            if kind == self._raw.FPDF_PAGEOBJ_PATH:
                self._read_path(one, matrix)
            elif kind == self._raw.FPDF_PAGEOBJ_IMAGE:
                self._picture_area += _area(_times(self._matrix(one), matrix))
            elif kind == self._raw.FPDF_PAGEOBJ_FORM and depth < _DEPTH_MAX:
                count = max(0, self._raw.FPDFFormObj_CountObjects(one))
                inside = (self._raw.FPDFFormObj_GetObject(one, index) for index in range(count))
                self._visit(inside, _times(self._matrix(one), matrix), depth + 1)

    def _matrix(self, one: Any) -> Matrix:
        found = self._raw.FS_MATRIX()
        if not self._raw.FPDFPageObj_GetMatrix(one, found):
            return _IDENTITY
        return found.a, found.b, found.c, found.d, found.e, found.f

    def _read_path(self, path: Any, outer: Matrix) -> None:
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        self._raw.FPDFPath_GetDrawMode(path, fill, stroke)
        if not fill.value and not stroke.value:
            return
        matrix = _times(self._matrix(path), outer)
        for points in self._outlines(path, matrix):
            if stroke.value:
                for first, second in pairwise(points):
                    self._add(first, second)
            else:
                self._add_bar(points)

    def _outlines(self, path: Any, matrix: Matrix) -> Iterator[list[Point]]:
        """Yield the corners of each part of a path, curves as straight lines."""
        points: list[Point] = []
        for index in range(max(0, self._raw.FPDFPath_CountSegments(path))):
            self._points += 1
            if self._points > _POINTS_MAX:
                return
            segment = self._raw.FPDFPath_GetPathSegment(path, index)
            if self._raw.FPDFPathSegment_GetType(segment) == self._raw.FPDF_SEGMENT_MOVETO and points:
                yield points
                points = []
            points.append(self._point(segment, matrix))
            if self._raw.FPDFPathSegment_GetClose(segment):
                points.append(points[0])
        if points:
            yield points

    def _add_bar(self, points: Sequence[Point]) -> None:
        """Take a thin filled box for the rule that it looks like; a larger one is the shade behind text."""
        xs, ys = sorted(x for x, _y in points), sorted(y for _x, y in points)
        if ys[-1] - ys[0] <= _BAR_MAX:
            self._add((xs[0], (ys[0] + ys[-1]) / 2), (xs[-1], (ys[0] + ys[-1]) / 2))
        elif xs[-1] - xs[0] <= _BAR_MAX:
            self._add(((xs[0] + xs[-1]) / 2, ys[0]), ((xs[0] + xs[-1]) / 2, ys[-1]))

    def _point(self, segment: Any, matrix: Matrix) -> Point:
        x, y = ctypes.c_float(), ctypes.c_float()
        self._raw.FPDFPathSegment_GetPoint(segment, x, y)
        a, b, c, d, e, f = matrix
        return a * x.value + c * y.value + e, b * x.value + d * y.value + f

    def _add(self, first: Point, second: Point) -> None:
        (x0, y0), (x1, y1) = sorted([first, second])
        if abs(y1 - y0) < _STRAIGHT and x1 - x0 > _LENGTH_MIN:
            self._drawing.across.append(Rule((y0 + y1) / 2, x0, x1))
        elif x1 - x0 < _STRAIGHT and abs(y1 - y0) > _LENGTH_MIN:
            self._drawing.down.append(Rule((x0 + x1) / 2, min(y0, y1), max(y0, y1)))


def _times(inner: Matrix, outer: Matrix) -> Matrix:
    """Return the matrix that does `inner` first."""
    a, b, c, d, e, f = inner
    g, h, i, j, k, m = outer
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def _area(matrix: Matrix) -> float:
    """Return the area of the unit square under `matrix`: a picture is drawn into one."""
    a, b, c, d, _e, _f = matrix
    return abs(a * d - b * c)
