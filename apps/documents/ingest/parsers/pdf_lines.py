"""From pdfium's characters to words with boxes, and from words to the lines of a page."""

import ctypes
from dataclasses import dataclass, field
from typing import Any

from apps.documents.ingest.limits import check_text
from apps.documents.ingest.text import clean_text

# pdfium puts one of these where a word is parted at the end of a line.
_PARTED = frozenset([0x2, 0xAD, 0xFFFE])
_LINE_ENDS = frozenset([0xA, 0xD])
_SPACES = frozenset([0x20, 0x9, 0xA0, 0x3000, 0x2002, 0x2003, 0x2009])
_BOLD_WEIGHT = 600
# From this share of unmapped characters on, a page is noise rather than text.
_GARBAGE_SHARE = 0.3
_SAME_LINE_SHARE = 0.5


@dataclass(slots=True)
class Word:
    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    is_bold: bool
    # The word goes on in the next line; the hyphen between the halves is not in `text`.
    is_parted: bool = False


@dataclass(slots=True)
class Line:
    words: list[Word] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def size(self) -> float:
        """The size of most of its letters, to half a point."""
        return max(self.words, key=lambda word: len(word.text)).size

    @property
    def is_bold(self) -> bool:
        return all(word.is_bold for word in self.words)

    @property
    def box(self) -> tuple[float, float, float, float]:
        return (
            min(word.x0 for word in self.words),
            min(word.y0 for word in self.words),
            max(word.x1 for word in self.words),
            max(word.y1 for word in self.words),
        )


def read_lines(text_page: Any) -> list[Line] | None:
    """Return the page's lines in the file's order; None where its text is unmapped noise."""
    reader = _CharReader(text_page)
    check_text(reader.count)
    lines = reader.read()
    if reader.visible and reader.garbage > reader.visible * _GARBAGE_SHARE:
        return None
    return _join_fragments(lines)


class _CharReader:
    def __init__(self, text_page: Any) -> None:
        from pypdfium2 import raw

        self._raw = raw
        self._page = text_page
        self.count = max(0, raw.FPDFText_CountChars(text_page))
        self.visible = 0
        self.garbage = 0
        self._lines: list[Line] = [Line()]
        self._codes: list[str] = []
        self._word: Word | None = None
        self._rect = raw.FS_RECTF()
        self._font = ctypes.create_string_buffer(128)

    def read(self) -> list[Line]:
        for index in range(self.count):
            code = self._raw.FPDFText_GetUnicode(self._page, index)
            if code in _LINE_ENDS:
                self._end_line()
            elif code in _SPACES:
                self._end_word()
            elif code in _PARTED:
                if self._word is not None:
                    self._word.is_parted = True
                self._end_line()
            else:
                self._take(index, code)
        self._end_line()
        return [line for line in self._lines if line.words]

    def _take(self, index: int, code: int) -> None:
        self.visible += 1
        is_private = 0xE000 <= code <= 0xF8FF
        is_unmapped = self._raw.FPDFText_HasUnicodeMapError(self._page, index) == 1
        if code in (0, 0xFFFD) or is_unmapped or is_private:
            self.garbage += 1
        if code == 0:
            return
        self._raw.FPDFText_GetLooseCharBox(self._page, index, self._rect)
        rect = self._rect
        low, high = sorted((rect.bottom, rect.top))
        if self._word is None:
            size = self._raw.FPDFText_GetFontSize(self._page, index)
            self._word = Word(
                "",
                rect.left,
                low,
                rect.right,
                high,
                _half_points(size, high - low),
                self._is_bold(index),
            )
        else:
            word = self._word
            word.x0, word.y0 = min(word.x0, rect.left), min(word.y0, low)
            word.x1, word.y1 = max(word.x1, rect.right), max(word.y1, high)
        # A bullet of a symbol font comes as a private character.
        self._codes.append("\u2022" if is_private else chr(code))

    def _is_bold(self, index: int) -> bool:
        if self._raw.FPDFText_GetFontWeight(self._page, index) >= _BOLD_WEIGHT:
            return True
        flags = ctypes.c_int()
        self._raw.FPDFText_GetFontInfo(self._page, index, self._font, len(self._font), ctypes.byref(flags))
        return b"bold" in self._font.value.lower()

    def _end_word(self) -> None:
        if self._word is not None:
            joined = "".join(self._codes).encode("utf-16-le", "surrogatepass")
            self._word.text = clean_text(joined.decode("utf-16-le", "replace")).strip()
            if self._word.text:
                self._lines[-1].words.append(self._word)
        self._word = None
        self._codes = []

    def _end_line(self) -> None:
        self._end_word()
        if self._lines[-1].words:
            self._lines.append(Line())


def _half_points(size: float, height: float) -> float:
    """Some files scale a font of size 1 by their matrix; the box then tells the size."""
    points = size if size > 2 else height
    return round(points * 2) / 2


def _join_fragments(lines: list[Line]) -> list[Line]:
    """Join what pdfium parted but stands on one line: raised letters, cells of a table's row."""
    joined: list[Line] = []
    for line in lines:
        if joined and not joined[-1].words[-1].is_parted and _continues(joined[-1], line):
            joined[-1].words.extend(line.words)
        else:
            joined.append(line)
    return joined


def _continues(first: Line, second: Line) -> bool:
    _x0, y0, x1, y1 = first.box
    left, low, _right, high = second.box
    shared = min(y1, high) - max(y0, low)
    height = min(y1 - y0, high - low)
    return left >= x1 - 1 and shared > _SAME_LINE_SHARE * max(height, 0.1)
