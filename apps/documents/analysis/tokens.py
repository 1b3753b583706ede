"""Cut a text into words, each with its place in the text: the same for passages, for queries, and for marking what was found.

A word is a run of letters, marks and digits of any script. Scripts that put no spaces between words (Chinese, Japanese,
Korean, Thai, Lao, Khmer, Burmese) are cut into overlapping pairs of characters, the last four of whole clusters, as a vowel or
tone alone says nothing. Codes and names of things (`CVE-2026-1234`, `snake_case`, `v1.2.3`, `getUserName`) are kept whole and
cut into their parts besides.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import NamedTuple

_CJK = "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003ffff"
_CLUSTERED = "\u0e01-\u0e4e\u0e81-\u0ece\u1000-\u109f\u1780-\u17d3"
# The letters of both, as a class of a regular expression has them.
UNSPACED = _CJK + _CLUSTERED
APOSTROPHES = "'’ʼ"
_HYPHEN = "-\u2010\u2011"
# What joins the parts of a name; a comma does between digits only.
_JOINT = rf"(?:[{_HYPHEN}{APOSTROPHES}_.:/@&+·]|(?<=\d),(?=\d))"
_IS_CJK = re.compile(f"[{_CJK}]")
_IS_CLUSTERED = re.compile(f"[{_CLUSTERED}]")
# A consonant with all that stands before, above, below and behind it.
_BEFORE = "\u0e40-\u0e44\u0ec0-\u0ec4"
_AROUND = "\u0e30-\u0e3a\u0e45-\u0e4e\u0eb0-\u0ebd\u0ec6-\u0ece\u102b-\u103e\u1056-\u1064\u17b4-\u17d3"
_CLUSTER = re.compile(rf"[{_BEFORE}]?[^{_BEFORE}{_AROUND}][{_AROUND}]*|.")
_APOSTROPHES = re.compile(f"[{APOSTROPHES}]")
_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_IGNORED = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]")
_SPELLED = str.maketrans({**dict.fromkeys(f"{_HYPHEN}_·", ""), "’": "'", "ʼ": "'"})
# Longer than any name: what is no text, such as a picture in letters, should not cost like one.
_RUN_CHARS_MAX = 200


class _Patterns(NamedTuple):
    run: re.Pattern[str]
    part: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    """Made at the first use, as it takes a tenth of a second: the letters are listed, for a class that says what is none is three times as slow."""
    unspaced = re.compile(f"[{UNSPACED}]")
    letters = [chr(code) for code in range(0x10000) if chr(code).isalnum() and not unspaced.match(chr(code))]
    marks = [chr(code) for code in range(0x300, 0x10000) if unicodedata.category(chr(code)) in ("Mn", "Mc") and not unspaced.match(chr(code))]
    first = f"{_ranges(letters)}\U00010000-\U0001ffff"
    word = f"[{first}][{first}{_ranges(marks)}\u00ad\u200c\u200d]*+"
    run = rf"{word}(?:{_JOINT}{word})*+(?:\+\+|#)?+|[{_CJK}]+|[{_CLUSTERED}]+"
    return _Patterns(re.compile(run), re.compile(word))


def _ranges(letters: list[str]) -> str:
    """Write sorted characters as ranges of a class."""
    ranges: list[list[str]] = []
    for letter in letters:
        if ranges and ord(letter) == ord(ranges[-1][1]) + 1:
            ranges[-1][1] = letter
        else:
            ranges.append([letter, letter])
    return "".join(f"\\U{ord(start):08x}-\\U{ord(end):08x}" for start, end in ranges)


class Piece(NamedTuple):
    """A word at `start` to `end` of its run, ready to compare.

    What is `plain` is a word of a language: it may be stemmed, or be a stop word. What is `whole` is a name whose parts stand beside it.
    """

    text: str
    start: int
    end: int
    is_plain: bool
    is_whole: bool = False


def find_runs(text: str) -> Iterator[tuple[int, str]]:
    """Yield what stands between spaces and punctuation, each with its place. A name is one run; so is a sentence of Chinese."""
    for found in _patterns().run.finditer(text):
        yield found.start(), found.group()


def split_runs(text: str) -> list[str]:
    """Return the runs alone, which is quicker."""
    return _patterns().run.findall(text)


def is_spaced(run: str) -> bool:
    """Whether a run is of a script that puts spaces between words."""
    return not (_IS_CJK.match(run) or _IS_CLUSTERED.match(run))


def is_clustered(run: str) -> bool:
    """Whether a run is of a script whose letters have others before, above, below and behind them."""
    return _IS_CLUSTERED.match(run) is not None


def pieces_of(run: str) -> tuple[Piece, ...]:
    """Return the words of a run, a name before its parts."""
    if _IS_CJK.match(run):
        return _pairs(run, [(at, at + 1) for at in range(len(run))])
    if _IS_CLUSTERED.match(run):
        return _pairs(run, [found.span() for found in _CLUSTER.finditer(run)])
    if _APOSTROPHES.sub("", run).isalpha() and not _has_humps(run):
        return (Piece(normalize(run), 0, len(run), is_plain=True),)
    if len(run) > _RUN_CHARS_MAX:
        return (Piece(normalize(run[:_RUN_CHARS_MAX]), 0, len(run), is_plain=False),)
    return _name(run)


def normalize(word: str) -> str:
    """Return the one spelling of a word: compatibility forms and case folded, what is not seen left out."""
    if word.isascii():
        return word.lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold())
    # The dot that folding leaves on a Turkish i.
    return _IGNORED.sub("", folded).replace("i\u0307", "i").replace("’", "'")


def _pairs(run: str, units: list[tuple[int, int]]) -> tuple[Piece, ...]:
    if len(units) == 1:
        return (Piece(normalize(run), 0, len(run), is_plain=False),)
    spans = [(first[0], second[1]) for first, second in pairwise(units)]
    folded = normalize(run)
    if len(folded) == len(run):
        return tuple(Piece(folded[start:end], start, end, is_plain=False) for start, end in spans)
    return tuple(Piece(normalize(run[start:end]), start, end, is_plain=False) for start, end in spans)


def _name(run: str) -> tuple[Piece, ...]:
    """A name whole, and its parts where it has several."""
    parts = [piece for found in _patterns().part.finditer(run) for piece in _humps(found.group(), found.start())]
    whole = _whole(run)
    if not whole or (len(parts) == 1 and parts[0].text == whole):
        return tuple(parts)
    return (Piece(whole, 0, len(run), is_plain=False, is_whole=True), *parts)


def _humps(part: str, offset: int) -> list[Piece]:
    is_word = not any(letter.isdigit() for letter in part)
    spans = [found.span() for found in _HUMP.finditer(part)] if _has_humps(part) else [(0, len(part))]
    return [Piece(normalize(part[start:end]), offset + start, offset + end, is_plain=is_word) for start, end in spans]


def _whole(run: str) -> str:
    """Return a name in one spelling whatever joins its parts, "covid-19" as "covid19"; nothing where it is several words."""
    if _THOUSANDS.fullmatch(run):
        return re.sub("[.,]", "", run)
    is_name = any(letter.isdigit() or letter in f"_.@+#·{_HYPHEN}" for letter in run) or _has_humps(run)
    return normalize(run.translate(_SPELLED)) if is_name else ""


def _has_humps(word: str) -> bool:
    """Whether a word is several written as one: `getUserName`, `HTTPServer`; not "Word", "NATO" or "mRNA"."""
    if not word.isascii() or word.isupper() or word.islower() or word.istitle() or not word.isalnum():
        return False
    return all(len(hump) > 1 for hump in _HUMP.findall(word))
