"""The one analyser: a text becomes the same terms in a passage and in a query.

A term is a number, the hash of a stem, as it is the index of a weight in a sparse vector; two stems that meet there count as
one. Whatever changes a term (these rules, a stop word, another version of the stemmers) raises ANALYSER by one, and everything
is analysed anew in the background while the former terms answer.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID

from apps.documents.analysis.stemming import stem
from apps.documents.analysis.tokens import pieces_of, split_runs

# pgvector's sparse vectors have so many dimensions at most.
DIMENSIONS = 1_000_000_000
# What a term and any salt give is a number of four bytes.
_SALTS = 1 << 30
# A language's words come again: a stem takes a hundred times as long to make as to remember.
_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Analysed:
    """How often a text has each term, and how many words it has in all: a name counts by its parts."""

    counts: Mapping[int, int]
    length: int


class Placed(NamedTuple):
    """A term at `start` to `end` of its run."""

    term: int
    start: int
    end: int
    is_whole: bool


def analyse(text: str, language: str) -> Analysed:
    counts = Counter[int]()
    length = 0
    for run in split_runs(text):
        # Most of a text: nothing has to be found out about it.
        if run.isascii() and run.isalpha() and (run.islower() or run.istitle()):
            if term := _word_term(run.lower(), language):
                counts[term] += 1
                length += 1
        else:
            for placed in place_terms(run, language):
                counts[placed.term] += 1
                length += not placed.is_whole
    return Analysed(counts, length)


def place_terms(run: str, language: str) -> list[Placed]:
    """Return the terms of a run of letters (see `tokens`), each with its place in it, stop words left out."""
    placed = [
        Placed(_word_term(piece.text, language) if piece.is_plain else _term_id(piece.text), piece.start, piece.end, piece.is_whole) for piece in pieces_of(run)
    ]
    return [one for one in placed if one.term]


def in_workspace(terms: Iterable[int], workspace_id: UUID) -> list[int]:
    """Return the terms as the shared index knows them, each workspace's apart: else a common word of a large one would be gone through for a small one.

    Two terms of two workspaces may meet there; whoever asks the index asks for the workspace too.
    """
    salt = workspace_id.int % _SALTS
    return [term ^ salt for term in terms]


@lru_cache(maxsize=_REMEMBERED)
def _word_term(word: str, language: str) -> int:
    """Return the term of a normalised word of a language; 0 for a stop word."""
    form = stem(word, language)
    return _term_id(form) if form else 0


@lru_cache(maxsize=_REMEMBERED)
def _term_id(form: str) -> int:
    """Return a stem's number, from 1 to DIMENSIONS."""
    return int.from_bytes(blake2b(form.encode("utf-8", "replace"), digest_size=8).digest()) % DIMENSIONS + 1


@dataclass(frozen=True, slots=True)
class Analyser:
    """One version of the rules. Both functions take a language, and give the same terms for the same words."""

    version: int
    analyse: Callable[[str, str], Analysed]
    # Of one run of letters, each with its place.
    place: Callable[[str, str], list[Placed]]


ANALYSERS: dict[int, Analyser] = {1: Analyser(1, analyse, place_terms)}


def current_analyser() -> Analyser:
    return ANALYSERS[max(ANALYSERS)]
