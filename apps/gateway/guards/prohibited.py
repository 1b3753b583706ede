"""An administrator's words and phrases, found as whole words whatever their case, accents, width, look-alikes or spacing.

A word that stands in a text, however it is spaced, stands in its letters without the spaces: so nearly every text is done with after one look.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from apps.gateway.guards.folding import fold_look_alikes, fold_words

RULE = "word"
_WORD = re.compile(r"\w+")
# Scripts that put no spaces between words: there a phrase is looked for anywhere.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]")
# Letters one by one, at least this many, are read as a word too; fewer would be found in any list of letters.
_SPELLED_LETTERS = 4
_SPELLED = re.compile(rf"(?<![^\W_])[^\W_](?:[\W_]{{1,3}}[^\W_](?![^\W_])){{{_SPELLED_LETTERS - 1},}}")
# Characters of an answer that stay in view: twice the longest phrase that a policy takes.
_VIEW = 240
_BREAKS = re.compile(r"[\W_]+")
_ASCII_BREAKS = bytes(code for code in range(128) if not chr(code).isalnum())
# The dashes, dots and quotes of typography, in UTF-8.
_OTHER_BREAKS = re.compile(b"\xe2\x80[\x80-\xbf]|\xc2[\xa0-\xbf]")


class ProhibitedWords:
    def __init__(self, phrases: Sequence[str]) -> None:
        split = [tuple(_WORD.findall(fold_look_alikes(fold_words(phrase)))) for phrase in phrases]
        self._phrases = {_squeeze("".join(words)): words for words in split if words}

    def count(self, folded: str) -> int:
        """How often any of them stands in a text as `fold_words` gave it."""
        if not self._phrases:
            return 0
        folded = fold_look_alikes(folded)
        squeezed = _squeeze(folded)
        likely = [words for letters, words in self._phrases.items() if letters in squeezed]
        return sum(_count(words, folded) for words in likely)


class WordWatch:
    """Looks through a text that comes in pieces. Held back is its last word, which may go on, so that no whole one is out before it is known.

    `tell(count)` hears of what was found before it is handed on, and may raise. What was looked at stays in view as far as the longest phrase
    reaches, so the result does not depend on how the text was cut.
    """

    def __init__(self, words: ProhibitedWords, tell: Callable[[int], None]) -> None:
        self._words, self._tell = words, tell
        self._seen = self._held = ""

    def feed(self, text: str) -> str:
        text = self._held + text
        end = len(text)
        # What has no breaks, as in scripts without spaces, is not held for ever.
        while len(text) - end < _VIEW and _WORD.match(text, end - 1, end):
            end -= 1
        self._held = text[end:]
        return self._look(text[:end])

    def flush(self) -> str:
        held, self._held = self._held, ""
        return self._look(held)

    def _look(self, text: str) -> str:
        if text:
            known = self._words.count(fold_words(self._seen))
            self._seen += text
            if (found := self._words.count(fold_words(self._seen)) - known) > 0:
                self._tell(found)
            self._seen = self._seen[-_VIEW:]
        return text


def _count(words: tuple[str, ...], folded: str) -> int:
    joined = "".join(words)
    if _UNSPACED.search(joined):
        return _BREAKS.sub("", folded).count(joined)
    between = r"[\W_]+".join(map(re.escape, words))
    found = len(re.findall(rf"(?<!\w){between}(?!\w)", folded))
    if len(joined) >= _SPELLED_LETTERS:
        found += sum(_BREAKS.sub("", run[0]).count(joined) for run in _SPELLED.finditer(folded))
    return found


def _squeeze(folded: str) -> bytes:
    letters = folded.encode(errors="replace").translate(None, _ASCII_BREAKS)
    return letters if folded.isascii() else _OTHER_BREAKS.sub(b"", letters)


@lru_cache(maxsize=64)
def prohibited_words(phrases: tuple[str, ...]) -> ProhibitedWords:
    """The same list is read once: it comes with each call."""
    return ProhibitedWords(phrases)
