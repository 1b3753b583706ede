"""Texts as the guards compare them: full-width forms, foreign digits and look-alike letters as the plain ones they stand for."""

import re
import unicodedata
from functools import cache

# Letters of other scripts that no reader tells from a Latin one.
_LOOK_ALIKES = str.maketrans(
    "авекмнорстухіѕјԁһԛԝαεικνορτυχγϲ",
    "abekmhopctyxisjdhqwaeikvoptuxyc",
)
_HAS_LOOK_ALIKES = frozenset(map(chr, _LOOK_ALIKES))
_BETWEEN_DIGITS = re.compile(r"[0-9][^\x00-\x7f]{1,2}[0-9]")
_MARKS = re.compile(r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")


def fold_forms(text: str) -> str:
    """The same text, character by character: digits, full-width forms, and dashes and spaces between digits, as ASCII. No place in it moves."""
    if text.isascii() or (_foldable().isdisjoint(text) and not _BETWEEN_DIGITS.search(text)):
        return text
    return text.translate(_forms())


def fold_words(text: str) -> str:
    """Lower case without accents and compatibility forms. Places move, so this is for finding out whether, not where."""
    if text.isascii():
        return text.lower()
    # Asking whether there is anything to do is much quicker than doing it.
    folded = text if unicodedata.is_normalized("NFKC", text) else unicodedata.normalize("NFKC", text)
    folded = folded.casefold()
    if unicodedata.is_normalized("NFD", folded) and not _MARKS.search(folded):
        return folded
    return unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", folded)))


def fold_look_alikes(folded: str) -> str:
    """Of what `fold_words` gave: letters that look like Latin ones as these."""
    if folded.isascii() or _HAS_LOOK_ALIKES.isdisjoint(folded):
        return folded
    return folded.translate(_LOOK_ALIKES)


@cache
def _foldable() -> frozenset[str]:
    """What alone is a reason to fold: digits, letters and "@". Dashes, spaces and commas are not, typography is full of them."""
    return frozenset(character for character in map(chr, _forms()) if character.isdecimal() or "\uff20" <= character <= "\uff5a")


@cache
def _forms() -> dict[int, str]:
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    # Beyond these two planes there are neither digits nor dashes nor spaces.
    for code in range(0x80, 0x20000):
        character = chr(code)
        kind = unicodedata.category(character)
        if kind == "Nd":
            table[code] = str(unicodedata.digit(character))
        elif kind == "Pd":
            table[code] = "-"
        elif kind == "Zs":
            table[code] = " "
    # The minus sign and the full stop of Chinese addresses are neither.
    table[0x2212], table[0x3002], table[0xFF61] = "-", ".", "."
    return table
