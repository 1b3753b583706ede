"""From pdfium's characters to words with boxes, and from words to pieces of lines as the file draws them."""

import ctypes
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.documents.ingest.limits import check_text
from apps.documents.ingest.text import clean_text

# pdfium puts one of these where a word is parted at the end of a line.
_PARTED = frozenset([0x2, 0xAD, 0xFFFE])
_LINE_ENDS = frozenset([0xA, 0xD])
_SPACES = frozenset([0x20, 0x9, 0xA0, 0x3000, *range(0x2000, 0x200B)])
_BETWEEN_WORDS = _PARTED | _LINE_ENDS | _SPACES
_BOLD_WEIGHT = 600
# Names of bold fonts, those of TeX among them (CMBX, SFBX, LMBX).
_BOLD_NAME = re.compile(r"bold|black|heavy|demi|[-,]bd|^(?:[a-z]{6}\+)?(?:cm|sf|lm|ec)[a-z]*bx", re.IGNORECASE)
_MONO_NAME = re.compile(r"mono|courier|consol|typewriter|fixed|^(?:[a-z]{6}\+)?(?:cm|sf|lm|ec)[a-z]*tt", re.IGNORECASE)
_FIXED_PITCH = 1
# Text that leans further than this from the four directions is a watermark or a figure's.
_LEANING = math.radians(8)
ASKEW = 4
# A wider gap than this many sizes is none between the words of a sentence.
_GAP = 1.0
_BULLETS = frozenset("\u2022\u25e6\u25aa\u2023\u00b7\u25cf\u25cb\u25a0\u25a1\u2013\u2014*-")
_NUMBERED = re.compile(r"^(?:\d{1,3}[.)]|\([a-z0-9]{1,3}\)|[a-z]\)|\[\d{1,3}\])$")
_ALEF, _LAM = 0x627, 0x644
_ARABIC_FORMS = re.compile("[\ufb1d-\ufdff\ufe70-\ufefc]+")


Box = tuple[float, float, float, float]


@dataclass(slots=True)
class Word:
    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    is_bold: bool = False
    is_mono: bool = False
    # The word goes on in the next line; the hyphen between the halves is not in `text`.
    is_parted: bool = False
    # Quarters of a circle, against the clock, by which it is turned on the page; its box is turned back. Or ASKEW.
    turn: int = 0


@dataclass(slots=True)
class Line:
    """Words side by side: a piece of a line as the file draws it, or all of it."""

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
    def is_mono(self) -> bool:
        return all(word.is_mono for word in self.words)

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


@dataclass(frozen=True, slots=True)
class PageLines:
    """What the text layer says: pieces of lines in the file's order, and how many of its letters no font explains."""

    lines: list[Line]
    visible: int
    unmapped: int
    # The words in which pdfium had to guess.
    guessed: list[str] = field(default_factory=list)


def read_lines(text_page: Any) -> PageLines:
    """Return the page's words in pieces of lines; a wide gap ends a piece, as does a turn of the text."""
    return _PageReader(text_page).read()


class _PageReader:
    """Asks pdfium for each character's code, but for box and font only once a word: calls are what costs."""

    def __init__(self, text_page: Any) -> None:
        from pypdfium2 import raw

        self._raw = raw
        self._page = text_page.raw
        self._visible = 0
        self._unmapped = 0
        self._guessed: list[str] = []
        self._lines: list[Line] = []
        self._is_new_line = True
        self._rect = raw.FS_RECTF()
        self._name = ctypes.create_string_buffer(128)
        self._fonts: dict[bytes, tuple[bool, bool]] = {}

    def read(self) -> PageLines:
        count = max(0, self._raw.FPDFText_CountChars(self._page))
        check_text(count)
        code_at, page = self._raw.FPDFText_GetUnicode, self._page
        codes = [code_at(page, index) for index in range(count)]
        start = 0
        for index, code in enumerate(codes):
            if code in _BETWEEN_WORDS:
                self._add_word(codes[start:index], start, is_parted=code in _PARTED)
                start = index + 1
                self._is_new_line = self._is_new_line or code not in _SPACES
        self._add_word(codes[start:], start)
        return PageLines(self._lines, self._visible, self._unmapped, self._guessed)

    def _add_word(self, codes: list[int], start: int, *, is_parted: bool = False) -> None:
        if not codes:
            return
        self._weigh(codes, start)
        text = _word_text(self._in_order(codes, start))
        if not text:
            return
        turn = self._turn(start)
        first, last = self._box(start), self._box(start + len(codes) - 1)
        box = turn_back(_union(first, last), turn)
        size = _half_points(self._raw.FPDFText_GetFontSize(self._page, start), box[3] - box[1])
        is_bold, is_mono = self._font(start)
        word = Word(text, *box, size, is_bold, is_mono, is_parted, turn)
        if self._is_new_line or _is_apart(self._lines[-1].words[-1], word):
            self._lines.append(Line())
            self._is_new_line = False
        self._lines[-1].words.append(word)

    def _weigh(self, codes: list[int], start: int) -> None:
        """Count what is no text: letters that the font maps to nothing, or to itself."""
        self._visible += len(codes)
        if self._raw.FPDFText_HasUnicodeMapError(self._page, start) == 1:
            self._unmapped += len(codes)
            self._guessed.append(_word_text(codes))
        elif not _are_plain(codes):
            self._unmapped += sum(_is_no_letter(code) for code in codes)

    def _in_order(self, codes: list[int], start: int) -> list[int]:
        """Turn alef-lam of one glyph into lam-alef: pdfium turns a right-to-left run around by letters, not by glyphs."""
        if _ALEF not in codes or _LAM not in codes:
            return codes
        codes = list(codes)
        for at in range(len(codes) - 1):
            if codes[at] == _ALEF and codes[at + 1] == _LAM and self._box(start + at) == self._box(start + at + 1):
                codes[at], codes[at + 1] = _LAM, _ALEF
        return codes

    def _box(self, index: int) -> Box:
        self._raw.FPDFText_GetLooseCharBox(self._page, index, self._rect)
        left, low, right, high = self._rect.left, self._rect.bottom, self._rect.right, self._rect.top
        if left > right or low > high:
            return min(left, right), min(low, high), max(left, right), max(low, high)
        return left, low, right, high

    def _turn(self, index: int) -> int:
        angle = self._raw.FPDFText_GetCharAngle(self._page, index)
        if not 0 < angle < 2 * math.pi:
            return 0
        quarters = angle / (math.pi / 2)
        # pdfium counts with the clock.
        return -round(quarters) % 4 if abs(quarters - round(quarters)) * math.pi / 2 < _LEANING else ASKEW

    def _font(self, index: int) -> tuple[bool, bool]:
        flags = ctypes.c_int()
        self._raw.FPDFText_GetFontInfo(self._page, index, self._name, len(self._name), ctypes.byref(flags))
        name = self._name.value
        if name not in self._fonts:
            shown = name.decode("latin-1")
            is_mono = bool(flags.value & _FIXED_PITCH) or _MONO_NAME.search(shown) is not None
            self._fonts[name] = (_BOLD_NAME.search(shown) is not None, is_mono)
        is_bold, is_mono = self._fonts[name]
        return is_bold or self._raw.FPDFText_GetFontWeight(self._page, index) >= _BOLD_WEIGHT, is_mono


def is_bullet(text: str) -> bool:
    return text in _BULLETS


def is_marker(text: str) -> bool:
    """Say whether a word is what list items begin with."""
    return is_bullet(text) or _NUMBERED.match(text) is not None


def turn_back(box: Box, turn: int) -> Box:
    """Return a box as it stands when text that is turned by so many quarters is made upright."""
    x0, y0, x1, y1 = box
    if turn == 1:
        return y0, -x1, y1, -x0
    if turn == 2:
        return -x1, -y1, -x0, -y0
    return (-y1, x0, -y0, x1) if turn == 3 else box


def on_page(box: Box, turn: int) -> Box:
    """Undo `turn_back`."""
    return turn_back(box, (4 - turn) % 4) if turn != ASKEW else box


def page_box(words: Sequence[Word]) -> Box:
    """Return where words of one turn stand on the page."""
    box = (min(word.x0 for word in words), min(word.y0 for word in words), max(word.x1 for word in words), max(word.y1 for word in words))
    return on_page(box, words[0].turn)


def _union(first: Box, second: Box) -> Box:
    return min(first[0], second[0]), min(first[1], second[1]), max(first[2], second[2]), max(first[3], second[3])


def _is_apart(last: Word, word: Word) -> bool:
    if last.turn != word.turn:
        return True
    gap = max(word.x0 - last.x1, last.x0 - word.x1)
    return gap > _GAP * max(last.size, word.size, 1)


def _are_plain(codes: Sequence[int]) -> bool:
    return min(codes) >= 0x20 and max(codes) < 0x7F


def _is_no_letter(code: int) -> bool:
    return code in (0, 0xFFFD) or _is_private(code) or code < 0x20 or 0x7F <= code < 0xA0


def _is_private(code: int) -> bool:
    return 0xE000 <= code <= 0xF8FF


def _word_text(codes: list[int]) -> str:
    if _are_plain(codes):
        return "".join(map(chr, codes))
    # A bullet of a symbol font comes as a private character.
    text = "".join("\u2022" if _is_private(code) else chr(code) for code in codes if code)
    # Letters beyond the first plane may come as two halves.
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    # What a font has for a letter at the end of a word is the same letter to who searches.
    whole = _ARABIC_FORMS.sub(lambda forms: unicodedata.normalize("NFKC", forms[0]), whole)
    return clean_text(whole).strip()


def _half_points(size: float, height: float) -> float:
    """Some files scale a font of size 1 by their matrix; the box then tells the size."""
    points = size if size > 2 else height
    return round(points * 2) / 2
