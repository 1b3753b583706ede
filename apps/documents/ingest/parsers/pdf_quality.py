"""Whether a text layer can be believed: some fonts do not say which letters they draw, or say it wrongly."""

import re
import unicodedata
from collections.abc import Sequence

# From this share of unmapped characters on, a page is noise rather than text.
_UNMAPPED_SHARE = 0.3
# A page with fewer words, or letters, tells too little about itself.
_WORDS_MIN = 30
_LETTERS_MIN = 120
_LIKELY_SHARE = 0.4
_LATIN_SHARE = 0.8
_STRANGE_SHARE = 0.5
# What no font explains is believed from so many words on, if so many of them are likely, and signs are few.
_READABLE_WORDS = 8
_READABLE_SHARE = 0.7
# In languages with Latin letters a third to a half are vowels.
_VOWELS_MIN, _VOWELS_MAX = 0.22, 0.7
_EDGES = " \t.,;:!?()[]{}<>\"'*+/=|\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb\u2022\u2013\u2014-_"
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_VOWEL = re.compile("[aeiouyæøœıAEIOUYÆØŒ]")
# Numbers of machines, too: 0x8A10 and the pieces of a UUID.
_NUMBER = re.compile(r"(?:[\d.,:/%$\u20ac\u00a3()+-]+|0[xX][\dA-Fa-f]+|[\dA-Fa-f]{4,}(?:-[\dA-Fa-f]{4,})+)\Z")
_WORD = re.compile("(?:[A-Z]?[a-z\u00df-\u024f]+|[A-Z\u00c0-\u00de]{2,})(?:['\u2019-][A-Za-z\u00c0-\u024f]+)*\\Z")
# What programs call things: PT_STRING8, PidLidDelegateMail, odf.element.Text.
_NAME = re.compile(r"(?:[A-Z]{2,}|[A-Z]?[a-z]{2,})(?:[-_./:]{0,2}(?:[A-Z]{2,}|[A-Z]?[a-z]{2,}|\d+)|[-_./:][A-Za-z])*\Z")
# Seven of ten letters in languages with Latin letters, four of ten where letters were renumbered.
_COMMON = frozenset("adeilnorstu")
_COMMON_SHARE = 0.6
_CONSONANTS = re.compile("[b-df-hj-np-tv-xz]{6,}", re.IGNORECASE)


def is_unmapped(visible: int, unmapped: int) -> bool:
    """Say whether too many of the letters are unknown to the fonts that draw them."""
    return unmapped > visible * _UNMAPPED_SHARE


def is_readable(words: Sequence[str]) -> bool:
    """Say whether the words read well: pdfium calls letters unmapped also where its guess at them is right."""
    signs = [letter for word in words for letter in word]
    bare = _bare(words)
    if len(bare) < _READABLE_WORDS or sum(map(str.isalnum, signs)) < _READABLE_SHARE * len(signs):
        return False
    folded = [_fold(word) for word in bare]
    letters = "".join(folded)
    return _is_common(letters) and sum(map(_is_likely, folded)) >= _READABLE_SHARE * len(folded)


def _bare(words: Sequence[str]) -> list[str]:
    """Return the words without the signs around them, numbers left out."""
    return [word for word in (word.strip(_EDGES) for word in words) if word and not _NUMBER.match(word)]


def is_unlikely(words: Sequence[str]) -> bool:
    """Say whether words of Latin letters are put together as no language puts them.

    A font whose letters were renumbered gives words without vowels, with signs and capitals inside. Only Latin text is
    judged; numbers count for nothing, and code and tables of numbers have enough plain words to pass.
    """
    bare = _bare(words)
    folded = [_fold(word) for word in bare]
    letters = "".join(folded)
    latin = len(_LATIN.findall(letters))
    if len(bare) < _WORDS_MIN or latin < max(_LETTERS_MIN, _LATIN_SHARE * sum(map(str.isalpha, letters))):
        return False
    # Other scripts in one byte a letter, read as western ones, are accents without end.
    strange = sum("\u00c0" <= letter <= "\u00ff" for word in bare for letter in word)
    vowels = len(_VOWEL.findall(letters))
    if strange > latin * _STRANGE_SHARE or not _VOWELS_MIN <= vowels / latin <= _VOWELS_MAX:
        return True
    # Code is made of signs and of names that are made of words.
    return sum(map(_is_likely, folded)) < len(folded) * _LIKELY_SHARE and not _is_common(letters)


def _is_common(letters: str) -> bool:
    """Say whether the letters are those that languages use most."""
    return sum(letter in _COMMON for letter in letters.lower()) >= _COMMON_SHARE * sum(map(str.isalpha, letters))


def _fold(word: str) -> str:
    """Return a word without its accents."""
    return word if word.isascii() else "".join(letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter))


def _is_likely(word: str) -> bool:
    if len(word) == 1:
        return word.isalpha()
    return (_WORD.match(word) or _NAME.match(word)) is not None and _VOWEL.search(word) is not None and _CONSONANTS.search(word) is None
