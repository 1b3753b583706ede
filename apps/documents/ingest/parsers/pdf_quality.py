"""Whether a text layer can be believed: some fonts do not say which letters they draw, or say it wrongly."""

import re
from collections.abc import Sequence

# From this share of unmapped characters on, a page is noise rather than text.
_UNMAPPED_SHARE = 0.3
# A page with fewer words tells too little about itself.
_WORDS_MIN = 30
_LIKELY_SHARE = 0.4
_STRANGE_LETTERS = 0.5
_EDGES = " \t.,;:!?()[]{}<>\"'*+/=|\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb\u2022\u2013\u2014-_"
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_VOWEL = re.compile(
    "[aeiouyAEIOUY\u00c0-\u00c6\u00c8-\u00cf\u00d2-\u00d6\u00d8-\u00dd\u00e0-\u00e6\u00e8-\u00ef\u00f2-\u00f6\u00f8-\u00ff\u0100-\u0105\u0112-\u011b\u0128-\u0131\u014c-\u0153\u0168-\u0173]"
)
_NUMBER = re.compile(r"[\d.,:/%$\u20ac\u00a3()+-]+\Z")
_WORD = re.compile("(?:[A-Z\u00c0-\u00de]?[a-z\u00df-\u024f]+|[A-Z\u00c0-\u00de]{2,})(?:['\u2019-](?:[A-Za-z\u00c0-\u024f]+))*\\Z")
_CONSONANTS_MAX = 6
_CONSONANTS = re.compile(f"[b-df-hj-np-tv-xzB-DF-HJ-NP-TV-XZ]{{{_CONSONANTS_MAX},}}")


def is_unmapped(visible: int, unmapped: int) -> bool:
    """Say whether too many of the letters are unknown to the fonts that draw them."""
    return unmapped > visible * _UNMAPPED_SHARE


def is_unlikely(words: Sequence[str]) -> bool:
    """Say whether words of Latin letters are put together as no language puts them.

    A font whose letters were renumbered gives words without vowels, with signs and capitals inside. Only Latin text is
    judged; numbers count for nothing, and code and tables of numbers have enough plain words to pass.
    """
    latin = [bare for bare in (word.strip(_EDGES) for word in words) if bare and not _NUMBER.match(bare)]
    letters = "".join(latin)
    known = _LATIN.findall(letters)
    if len(latin) < _WORDS_MIN or len(known) < sum(map(str.isalpha, letters)) * 0.8:
        return False
    strange = sum(letter > "\u007f" for letter in known)
    if strange > len(known) * _STRANGE_LETTERS:
        return True
    return sum(map(_is_likely, latin)) < len(latin) * _LIKELY_SHARE


def likelihood(words: Sequence[str]) -> float:
    """Return the share of words that look like words, from 0 to 1."""
    bare = [word.strip(_EDGES) for word in words]
    return sum(map(_is_likely, bare)) / len(bare) if bare else 0.0


def _is_likely(word: str) -> bool:
    if len(word) == 1:
        return word.isalpha()
    has_vowel = _VOWEL.search(word) is not None or word.isupper()
    return _WORD.match(word) is not None and has_vowel and _CONSONANTS.search(word) is None
