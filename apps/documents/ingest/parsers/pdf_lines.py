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
_BETWEEN_WORDS = _PARTED | _LINE_ENDS | _SPACES
_UNMAPPED = frozenset([0, 0xFFFD])
_BOLD_WEIGHT = 600
# From this share of unmapped characters on, a page is noise rather than text.
_GARBAGE_SHARE = 0.3
_SAME_LINE_SHARE = 0.5


Box = tuple[float, float, float, float]


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
    _box: Box | None = None

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
    def box(self) -> Box:
        """Computed once: words are added before it is asked for, or by `join`."""
        if self._box is None:
            self._box = (
                min(word.x0 for word in self.words),
                min(word.y0 for word in self.words),
                max(word.x1 for word in self.words),
                max(word.y1 for word in self.words),
            )
        return self._box

    def join(self, other: "Line") -> None:
        """Take another line's words; the box grows, however long the line gets."""
        x0, y0, x1, y1 = self.box
        left, low, right, high = other.box
        self.words.extend(other.words)
        self._box = (min(x0, left), min(y0, low), max(x1, right), max(y1, high))


def read_lines(text_page: Any) -> list[Line] | None:
    """Return the page's lines in the file's order; None where its text is unmapped noise."""
    reader = _PageReader(text_page)
    lines = reader.read()
    if reader.visible and reader.garbage > reader.visible * _GARBAGE_SHARE:
        return None
    return _join_fragments(lines)


class _PageReader:
    """Asks pdfium for each character's code, but for box and font only once a word: calls are what costs."""

    def __init__(self, text_page: Any) -> None:
        from pypdfium2 import raw

        self._raw = raw
        self._page = text_page
        self.visible = 0
        self.garbage = 0
        self._lines: list[Line] = [Line()]
        self._rect = raw.FS_RECTF()
        self._font = ctypes.create_string_buffer(128)

    def read(self) -> list[Line]:
        count = max(0, self._raw.FPDFText_CountChars(self._page))
        check_text(count)
        code_at, page = self._raw.FPDFText_GetUnicode, self._page
        codes = [code_at(page, index) for index in range(count)]
        start = 0
        for index, code in enumerate(codes):
            if code in _BETWEEN_WORDS:
                self._add_word(codes[start:index], start, is_parted=code in _PARTED)
                start = index + 1
                if code not in _SPACES:
                    self._end_line()
        self._add_word(codes[start:], start)
        return [line for line in self._lines if line.words]

    def _add_word(self, codes: list[int], start: int, *, is_parted: bool = False) -> None:
        if not codes:
            return
        self._weigh(codes, start)
        text = _word_text(codes)
        if not text:
            return
        x0, y0, x1, y1 = self._box(start)
        left, low, right, high = self._box(start + len(codes) - 1)
        size = _half_points(self._raw.FPDFText_GetFontSize(self._page, start), y1 - y0)
        box = (min(x0, left), min(y0, low), max(x1, right), max(y1, high))
        self._lines[-1].words.append(Word(text, *box, size, self._is_bold(start), is_parted))

    def _weigh(self, codes: list[int], start: int) -> None:
        """Count what is no text: letters that the font maps to nothing, or to itself."""
        self.visible += len(codes)
        if self._raw.FPDFText_HasUnicodeMapError(self._page, start) == 1:
            self.garbage += len(codes)
        else:
            self.garbage += sum(code in _UNMAPPED or _is_private(code) for code in codes)

    def _box(self, index: int) -> Box:
        self._raw.FPDFText_GetLooseCharBox(self._page, index, self._rect)
        low, high = sorted((self._rect.bottom, self._rect.top))
        return self._rect.left, low, self._rect.right, high

    def _is_bold(self, index: int) -> bool:
        if self._raw.FPDFText_GetFontWeight(self._page, index) >= _BOLD_WEIGHT:
            return True
        flags = ctypes.c_int()
        self._raw.FPDFText_GetFontInfo(self._page, index, self._font, len(self._font), ctypes.byref(flags))
        return b"bold" in self._font.value.lower()

    def _end_line(self) -> None:
        if self._lines[-1].words:
            self._lines.append(Line())


def _is_private(code: int) -> bool:
    return 0xE000 <= code <= 0xF8FF


def _word_text(codes: list[int]) -> str:
    # A bullet of a symbol font comes as a private character.
    text = "".join("\u2022" if _is_private(code) else chr(code) for code in codes if code)
    if text.isascii() and text.isprintable():
        return text
    # Letters beyond the first plane may come as two halves.
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return clean_text(whole).strip()


def _half_points(size: float, height: float) -> float:
    """Some files scale a font of size 1 by their matrix; the box then tells the size."""
    points = size if size > 2 else height
    return round(points * 2) / 2


def _join_fragments(lines: list[Line]) -> list[Line]:
    """Join what pdfium parted but stands on one line: raised letters, cells of a table's row."""
    joined: list[Line] = []
    for line in lines:
        if joined and not joined[-1].words[-1].is_parted and _continues(joined[-1], line):
            joined[-1].join(line)
        else:
            joined.append(line)
    return joined


def _continues(first: Line, second: Line) -> bool:
    _x0, y0, x1, y1 = first.box
    left, low, _right, high = second.box
    shared = min(y1, high) - max(y0, low)
    height = min(y1 - y0, high - low)
    return left >= x1 - 1 and shared > _SAME_LINE_SHARE * max(height, 0.1)
