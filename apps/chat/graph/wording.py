"""What of a sentence can be compared: its words, its numbers, and which of its words it denies."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(r"[^\W_]+")
# 1,000 · 3.5 · the 50 of 50MB; not the digits of v2 or covid19, which are words.
_NUMBER = re.compile(r"(?<![^\W_])\d+(?:[.,]\d+)*")
_GROUPED = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")
_COMMON_WORDS = """
a an and are as at be been but by can could did do does for from had has have how i if in into is it its may might
more most much must no not of on or our out should so such than that the their them then there these they this those to
under up was we were what when where which who why will with would you your
"""
COMMON = frozenset(_COMMON_WORDS.split())
_DENYING_WORDS = """
no not never none nor neither nobody nothing nowhere without cannot unable lacks
nicht kein keine keinen keinem keiner keines nie niemals ohne weder
pas jamais sans aucun aucune nunca tampoco ninguno ninguna
"""
_DENYING = frozenset(_DENYING_WORDS.split())
# "not only" denies nothing, and "no more than" a number is a way to say it.
_SOFTENING = frozenset({"only", "nur", "seulement", "solo"})
_NUMERALS = "zero one two three four five six seven eight nine ten eleven twelve"
_SPELLED = {word: str(number) for number, word in enumerate(_NUMERALS.split())}


@dataclass(frozen=True, slots=True)
class Token:
    word: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    return [Token(match.group().casefold(), match.start(), match.end()) for match in _TOKEN.finditer(text)]


def content_words(text: str) -> list[str]:
    """The words that carry meaning, each once, plural and singular alike."""
    return list(dict.fromkeys(_singular(token.word) for token in tokens(text) if token.word not in COMMON))


def numbers(text: str) -> frozenset[str]:
    """The numbers in digits, each in one spelling: 1,000 is 1000, and 3,50 is 3.5."""
    return frozenset(_plain(match.group()) for match in _NUMBER.finditer(text))


def lacks_number(sentence: str, passages: Sequence[str]) -> bool:
    """Whether the sentence has a number, or a word with a digit in it, that none of the passages has."""
    wanted = numbers(sentence) | _coded(sentence)
    return bool(wanted) and not wanted <= frozenset[str]().union(*(numbers(one) | _coded(one) | _spelled(one) for one in passages))


def denied(words: Sequence[str]) -> frozenset[str]:
    """The words that these (as `tokens` gives them) say no to: after each "not" and its like the next that carries meaning."""
    return frozenset(_denied(words))


def contradicts(sentence: str, passage: str) -> bool:
    """Whether one of the two denies a word that the other affirms. By words alone: what is meant may be the same all the same."""
    said, there = ([token.word for token in tokens(text)] for text in (sentence, passage))
    both = {_singular(word) for word in said} & {_singular(word) for word in there}
    return bool((denied(said) ^ denied(there)) & both)


def _denied(words: Sequence[str]) -> Iterator[str]:
    for place, word in enumerate(words):
        is_denying = word in _DENYING or (word == "t" and place > 0 and words[place - 1].endswith("n"))
        if not is_denying:
            continue
        after = [one for one in words[place + 1 : place + 6] if one not in COMMON and one not in _DENYING]
        if after and after[0] not in _SOFTENING and not after[0].isdigit():
            yield _singular(after[0])


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _plain(number: str) -> str:
    if _GROUPED.fullmatch(number):
        return re.sub(r"[.,]", "", number)
    whole, point, rest = number.replace(",", ".").partition(".")
    rest = rest.rstrip("0")
    return f"{whole.lstrip('0') or '0'}{point if rest else ''}{rest}"


def _coded(text: str) -> frozenset[str]:
    """Words that begin with a letter and hold a digit, such as v2."""
    return frozenset(token.word for token in tokens(text) if not token.word[0].isdigit() and any(letter.isdigit() for letter in token.word))


def _spelled(text: str) -> frozenset[str]:
    return frozenset(_SPELLED[token.word] for token in tokens(text) if token.word in _SPELLED)
