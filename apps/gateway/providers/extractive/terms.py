"""Words as they can be compared: small letters, no accents, no endings; pairs of signs where a script writes no spaces."""

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:_[^\W_]+)*")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\u0e00-\u0e7f]+")
_ENDINGS_TEXT = "ations ating ation ators ator ated ates ate ingly ings ing edly ed ies ied iest ier ions ion ments ment ness ers er est es s ly en e y"
_ENDINGS = tuple(_ENDINGS_TEXT.split())
_STEM_LETTERS = 3
_STOP_WORDS = """a about above after again all also am an and any are as at be because been before being below between both but by can could did do does
    doing done down during each few for from further get give had has have having he her here him his how i if in into is it its just let like may me
    might more most much must my no nor not now of off on once only or other our out over own per please same shall she should show so some such tell
    than that the their them then there these they this those through to too under until up upon us use used using very was we were what when where
    whether which while who whom whose why will with within without would you your explain describe many happen happens
    aber als am an auch auf aus bei bin bis das dass dem den der des die dies durch ein eine einem einen einer er es fur hat haben ich ihr im in ist
    kann man mein mit nach nicht noch nur oder sich sie sind uber um und uns von vor war warum was wenn wer werden wie wir wird wo zu zum zur
    au aux avec ce ces comment dans de des du elle en est et il ils je la le les leur lui mais ne nous on ou par pas plus pour pourquoi qu que qui sa
    se ses son sont sur un une vous con como cual cuando de del donde el ella en es esta este la las lo los para pero por que quien se sin su sus un
    una y"""
STOP_WORDS = frozenset(_STOP_WORDS.split())


def terms(text: str) -> frozenset[str]:
    """What `text` talks about. Stop words are left out, unless there is nothing else."""
    words = _words(text)
    kept = [word for word in words if word not in STOP_WORDS]
    return frozenset(_stem(word) for word in (kept or words))


def has_words(text: str) -> bool:
    """Whether `text` asks for anything at all, beyond stop words."""
    return any(word not in STOP_WORDS for word in _words(text))


def _words(text: str) -> list[str]:
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(sign))
    # Decomposed Hangul is put together again; everything else is already as short as it gets.
    found: list[str] = []
    for word in _WORD.findall(unicodedata.normalize("NFC", plain)):
        runs = _UNSPACED.findall(word)
        if runs:
            found += [pair for run in runs for pair in _pairs(run)]
            word = _UNSPACED.sub("", word)
        if word:
            found.append(word)
    return found


def _pairs(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(max(1, len(run) - 1))]


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    if len(word) <= _STEM_LETTERS or not word.isalpha():
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM_LETTERS:
            stem = word[: -len(ending)]
            return stem[:-1] if len(stem) > _STEM_LETTERS and stem[-1] == stem[-2] else stem
    return word
