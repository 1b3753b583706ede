"""Made-up texts and vectors that lie as real ones do: words by Zipf's law, subjects with words of their own, vectors in clusters.

The words are those of the embedding model's own tokenizer, which has them by how common they are. Each subject's cluster lies where
the model puts some of its words, and in it each of its sides where it puts others; passages lie around these in the directions in which
the model's vectors differ, some nearer than others. So a question, which is embedded as any question is, has neighbours as questions
about real texts have. Beside SciFact (2,500 texts, 200 questions): the cosine of two passages is 0.14 +- 0.09 (0.15 +- 0.13), of a question
to its tenth neighbour 0.39 (0.40), the intrinsic dimension around questions 33 (27), so these are a little harder to find.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.gateway import conf
from apps.gateway.providers.embedded.store import TOKENIZER, model_folder

# Words beyond the tokenizer's are two of them in one, as most names are: with them as many as the analyser remembers, so that the bench
# does not wait for stemmers.
_NAMES = 25_000
# Zipf's law with Mandelbrot's shift.
_SHIFT = 2.7
# A subject's own words are neither the commonest nor the rarest; so many, and such a part of its passages.
_SUBJECT_WORDS = 60
_COMMON = 300
_SUBJECT_PART = 0.25
# Words of a passage: the middle, and how far they spread (log-normal).
_LENGTH, _SPREAD = 120, 0.45
_LENGTHS = (15, 220)
# The words by which a subject is placed, and its sides; how much of a passage's place is its side.
_DESCRIBED, _SIDES, _SIDE_PART = 4, 10, 0.7
# So many differences between sides and middles span the directions in which passages lie off, and so far: from, to.
_DIFFERENCES = 400
_DISTANCES = (0.1, 1.0)

Vectors = NDArray[np.float32]
# Any: numpy's generator of whole numbers.
Numbers = NDArray[Any]


@dataclass(frozen=True)
class Subjects:
    """Each has words of its own, by their places in the list of all words, and where its sides lie: subject, side, number."""

    words: Numbers
    sides: Vectors


class Corpus:
    """All of it follows from one seed."""

    def __init__(self, seed: int, subjects: int) -> None:
        self.chance = np.random.default_rng(seed)
        self.words = np.array(read_words(self.chance), dtype=object)
        weights = 1 / (np.arange(len(self.words)) + _SHIFT)
        self._common = np.cumsum(weights / weights.sum())
        own = 1 / (np.arange(_SUBJECT_WORDS) + _SHIFT)
        self._own = np.cumsum(own / own.sum())
        places = self.chance.integers(_COMMON, len(self.words), size=(subjects, _SUBJECT_WORDS))
        self.subjects = Subjects(places, np.zeros((subjects, _SIDES, 0), dtype=np.float32))

    def texts_to_place(self) -> list[str]:
        """A text of each subject's words, then of each of its sides: where the model puts these is for `place_subjects`."""
        numbers = range(len(self.subjects.words))
        first = [" ".join(self.words[self.subjects.words[number][:_DESCRIBED]]) for number in numbers]
        return [*first, *(" ".join(self._own_words(number, _DESCRIBED)) for number in numbers for _ in range(_SIDES))]

    def place_subjects(self, vectors: Vectors) -> None:
        count = len(self.subjects.words)
        middles, sides = vectors[:count, None], vectors[count:].reshape(count, _SIDES, -1)
        differences = (sides - middles).reshape(count * _SIDES, -1)
        differences = self.chance.choice(differences, _DIFFERENCES) - differences.mean(axis=0)
        self._differences = _normalised(differences)
        self.subjects = Subjects(self.subjects.words, _normalised((1 - _SIDE_PART) * middles + _SIDE_PART * sides))

    def write_passages(self, subjects: Sequence[int]) -> list[str]:
        """A passage of each of the subjects."""
        lengths = np.clip(self.chance.lognormal(np.log(_LENGTH), _SPREAD, len(subjects)).astype(int), *_LENGTHS)
        return [self._write(subject, int(length)) for subject, length in zip(subjects, lengths, strict=True)]

    def place_passages(self, subjects: Sequence[int]) -> Vectors:
        """The vectors of passages of the subjects, each of length 1."""
        steps = self.chance.standard_normal((len(subjects), _DIFFERENCES), dtype=np.float32) / np.float32(_DIFFERENCES**0.5)
        distances = self.chance.uniform(*_DISTANCES, (len(subjects), 1)).astype(np.float32)
        sides = self.subjects.sides[np.asarray(subjects), self.chance.integers(0, _SIDES, len(subjects))]
        return _normalised(sides + distances * (steps @ self._differences))

    def ask(self, count: int) -> list[str]:
        """So many questions, each some words of a subject."""
        return [self._ask(int(subject)) for subject in self.chance.integers(0, len(self.subjects.words), count)]

    def _write(self, subject: int, length: int) -> str:
        places = np.searchsorted(self._common, self.chance.random(length))
        own = self.chance.random(length) < _SUBJECT_PART
        places[own] = self._own_places(subject, int(own.sum()))
        return " ".join(self.words[places])

    def _ask(self, subject: int) -> str:
        return " ".join(self._own_words(subject, int(self.chance.integers(2, 7))))

    def _own_words(self, subject: int, count: int) -> Numbers:
        chosen: Numbers = self.words[self._own_places(subject, count)]
        return chosen

    def _own_places(self, subject: int, count: int) -> Numbers:
        chosen: Numbers = self.subjects.words[subject][np.searchsorted(self._own, self.chance.random(count))]
        return chosen


def _normalised(vectors: Vectors) -> Vectors:
    normalised: Vectors = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return normalised


def read_words(chance: np.random.Generator) -> list[str]:
    """Words of the embedding model's tokenizer, the commonest first, then names made of two of them."""
    config = conf.embedder_config()
    path = model_folder(config.models_dir, is_int8=config.is_int8) / TOKENIZER
    known = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
    words = [word for word in sorted(known, key=known.__getitem__) if word.isascii() and word.isalpha() and len(word) > 1]
    pairs = chance.integers(_COMMON, len(words), size=(_NAMES, 2))
    return list(dict.fromkeys([*words, *(words[first] + words[second] for first, second in pairs)]))
