"""From a word to the form by which it is compared, by the rules of its language: none for a stop word, else its stem without accents."""

import re
import threading
import unicodedata
from functools import cache
from pathlib import Path
from typing import Protocol

import snowballstemmer

# Snowball's algorithms by ISO 639-1. Languages that are not here keep their words as they are.
STEMMERS = {
    "ar": "arabic",
    "hy": "armenian",
    "eu": "basque",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "nl": "dutch",
    "en": "english",
    "eo": "esperanto",
    "et": "estonian",
    "fi": "finnish",
    "fr": "french",
    "de": "german",
    "el": "greek",
    "hi": "hindi",
    "hu": "hungarian",
    "id": "indonesian",
    "ga": "irish",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "no": "norwegian",
    "fa": "persian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "es": "spanish",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
_STOPWORDS = Path(__file__).parent / "stopwords"
# Articles and pronouns that lose their vowel: l'été, dell'anno, qu'il.
_ELIDING = frozenset({"fr", "it", "ca"})
_ELIDED_CHARS = 6
# Tones and vowels are letters of their own there.
_KEEPS_ACCENTS = frozenset({"vi"})
_ACCENTS = re.compile("[\u0300-\u036f]")
# A stemmer keeps the word it works on in itself.
_lock = threading.Lock()


class Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # the library's name


def stem(word: str, language: str) -> str:
    """Return the stem of a normalised word, or nothing for a stop word."""
    stop = stopwords(language)
    if word in stop:
        return ""
    if "'" in word:
        word = _without_apostrophe(word, language)
        if word in stop:
            return ""
    if language in STEMMERS:
        with _lock:
            word = _stemmer(language).stemWord(word)
    return word if word.isascii() or language in _KEEPS_ACCENTS else _without_accents(word)


@cache
def stopwords(language: str) -> frozenset[str]:
    path = _STOPWORDS / f"{language}.txt"
    return frozenset(path.read_text(encoding="utf-8").split()) if language and path.is_file() else frozenset()


@cache
def _stemmer(language: str) -> Stemmer:
    stemmer: Stemmer = snowballstemmer.stemmer(STEMMERS[language])
    return stemmer


def _without_apostrophe(word: str, language: str) -> str:
    head, _, tail = word.partition("'")
    if language in _ELIDING and tail and len(head) <= _ELIDED_CHARS:
        return tail
    return word.removesuffix("'s").replace("'", "")


def _without_accents(word: str) -> str:
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", word)))
