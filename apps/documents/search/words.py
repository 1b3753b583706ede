"""A question's words as terms: each word in every language that it may be in, weighted by how rare it is.

Which languages those are is told by the question and by the library: a short one says little of itself, and a library of
German documents is asked in German. A word that two languages write alike is one term; else each has its own, and a passage
holds that of its own language.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.documents.analysis.languages import NOT_LATIN, Identifier
from apps.documents.analysis.terms import Analyser
from apps.documents.analysis.tokens import find_runs
from apps.documents.analysis.weights import WEIGHT_MAX, idf

# How likely a language is that the library has nothing of.
_FOREIGN = 0.02
# Another language's form of a word is looked for where it is as likely as this, and of so many languages at most.
LIKELY = 0.1
_LANGUAGES_MAX = 3
# A name found whole adds so much to what its parts give: more, and "long-term" would count twice.
WHOLE = 0.2
# A question of more words is cut down to its rarest.
_WORDS_MAX = 64


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the question, and the terms it may be in a passage. `part` is how much it counts: a name beside its parts counts less."""

    text: str
    terms: tuple[int, ...]
    part: float = 1.0


@dataclass(frozen=True, slots=True)
class QuestionWords:
    words: tuple[Word, ...]
    # How likely the question is in each language.
    languages: Mapping[str, float]

    @property
    def terms(self) -> frozenset[int]:
        return frozenset(term for word in self.words for term in word.terms)


@dataclass(frozen=True, slots=True)
class Weighted:
    """The question's half of BM25. `most` is what a passage could have at most, so that a score is a share of it."""

    weights: Mapping[int, float]
    most: float


def read_words(text: str, analyser: Analyser, identifier: Identifier, library: Mapping[str, int]) -> QuestionWords:
    """Return the words of a question; `library` says how many passages are in each language."""
    languages = guess_languages(identifier.probabilities(text), library)
    likely = [language for language, chance in languages.items() if chance >= LIKELY][:_LANGUAGES_MAX]
    words = [word for _start, run in find_runs(text) for word in _read_run(run, analyser, likely)]
    return QuestionWords(tuple(words), languages)


def _read_run(run: str, analyser: Analyser, likely: Sequence[str]) -> list[Word]:
    terms: dict[tuple[int, int, bool], dict[int, None]] = {}
    for language in likely:
        for one in analyser.place(run, language):
            terms.setdefault((one.start, one.end, one.is_whole), {})[one.term] = None
    # Passages of no known language have words as they are written. What is a stop word in each likely language is no word of the question.
    for one in analyser.place(run, ""):
        place = (one.start, one.end, one.is_whole)
        if place in terms or not likely:
            terms.setdefault(place, {})[one.term] = None
    return [Word(run[start:end], tuple(forms), WHOLE if is_whole else 1.0) for (start, end, is_whole), forms in terms.items()]


def guess_languages(told: Mapping[str, float], library: Mapping[str, int]) -> dict[str, float]:
    """Return how likely each language is, by what the question tells and what the library holds, the likeliest first."""
    total = sum(library.values()) or 1
    chances = {language: chance * (_FOREIGN + library.get(language, 0) / total) for language, chance in told.items()}
    whole = sum(chances.values()) or 1.0
    return {language: chance / whole for language, chance in sorted(chances.items(), key=lambda one: -one[1])}


def weigh_words(words: QuestionWords, holding: Mapping[int, int], total: int) -> Weighted:
    """Weigh each word by its rarity among `total` passages; `holding` says how many hold a term. The forms of a word are one word."""
    rarity = {word: idf(sum(holding.get(term, 0) for term in word.terms), total) for word in words.words}
    weights: dict[int, float] = {}
    most = 0.0
    for word in sorted(words.words, key=lambda word: -rarity[word])[:_WORDS_MAX]:
        weight = word.part * rarity[word]
        most += WEIGHT_MAX * weight
        for term in word.terms:
            weights[term] = weights.get(term, 0.0) + weight
    return Weighted(dict(sorted(weights.items())), most)


def trust(languages: Mapping[str, float], model_languages: frozenset[str] | None) -> float:
    """Return from 0 to 1 how much an embedding model's idea of the question is worth, by the languages that it was made for.

    Measured with the built-in English model (docs/quality.md): of German it still knows something, of Arabic and Chinese next to nothing.
    """
    if model_languages is None:
        return 1.0
    shares = (chance * (1.0 if language in model_languages else 0.05 if language in NOT_LATIN else 0.25) for language, chance in languages.items())
    return sum(shares)
