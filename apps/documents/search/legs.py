"""The two legs of a search, each as one function: which way its candidates are found is decided here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from apps.accounts.types import Reader
from apps.documents.analysis.terms import in_workspace
from apps.documents.analysis.tokens import find_runs, is_spaced, pieces_of
from apps.documents.languages import get_identifier
from apps.documents.search import candidates
from apps.documents.search.candidates import Asked, Scored
from apps.documents.search.library import Library, get_library
from apps.documents.search.phrases import SOFT_HYPHEN, any_pattern, phrase_pattern, told_words
from apps.documents.search.scope import FEW_PASSAGES, VERY_FEW_PASSAGES, Scope, Sql, count_passages, make_scope
from apps.documents.search.types import Candidates, Mode, Question, Request
from apps.documents.search.words import LIKELY, QuestionWords, Weighted, read_words, trust, weigh_words
from apps.gateway.types import EmbeddingModelInfo

# Each leg's best: more change nothing among the first ten. Some are folded into others, so more are looked for than are wanted.
CANDIDATES_MIN = 50
_CANDIDATES_TIMES = 2
# Terms name so many passages in all, the rarest first. Where the meaning is to be trusted it names the others, and more change no
# result (docs/quality.md); where words stand alone they do.
NAMED_BESIDE_MEANING = 2_000
NAMED_ALONE = 20_000
_TRUSTED = 0.5
# Where this share of all vectors may be found, the index meets enough of them.
_LARGE_SHARE = 0.2
# What is so small a part of its workspace, and so few passages, is gone through.
_LITTLE, _LITTLE_MAX = 0.1, 2_000
_TEXT = f"replace(passage.prefix || ' ' || passage.text, chr({ord(SOFT_HYPHEN)}), '') ~* %s"


@dataclass(frozen=True, slots=True)
class WordsFound:
    """The words' leg: what it found, how it weighs the question, and within what. `must_hold`: nothing without the words is an answer."""

    request: Request
    model: EmbeddingModelInfo
    scope: Scope
    library: Library
    words: QuestionWords
    weighted: Weighted
    found: Candidates
    must_hold: bool = False
    # About how many passages may be found: see `count_passages`.
    passage_count: int = 0

    @property
    def analyser(self) -> int:
        return self.library.analyser.version

    @property
    def trust(self) -> float:
        """How much the model's idea of the question is worth."""
        return trust(self.words.languages, self.model.languages)


def look_up_words(reader: Reader, request: Request, model: EmbeddingModelInfo) -> WordsFound:
    """Return the passages that hold the question's words, by BM25; none for a search by meaning alone, which needs the rest all the same."""
    question, library = request.question, get_library(reader)
    words = _read(question.text, library)
    scope = make_scope(reader, question.filters, _terms_conditions(question, library, reader.workspace.pk), _text_conditions(question, library))
    few = 0 if scope.is_empty else count_passages(scope)
    if scope.is_empty or not words.words:
        return WordsFound(request, model, scope, library, words, Weighted({}, 0.0), [], passage_count=few)
    told = _told(question, library, words)
    terms = words.terms.union(*told)
    holding = candidates.count_holding(scope, library.analyser.version, terms, is_little=_is_little(few, library))
    weighted = weigh_words(words, holding, library.passage_count)
    asked = Asked(library.analyser.version, weighted.weights, _depth(request))
    found: Candidates = []
    if told:
        found = candidates.find_by_index(scope, asked, naming) if (naming := _rarest_word(told, holding)) else []
    elif request.mode != Mode.DENSE and (held := {term: holding[term] for term in weighted.weights if term in holding}):
        found = _find(scope, asked, held, few, is_alone=request.mode == Mode.BM25 or trust(words.languages, model.languages) < _TRUSTED)
    return WordsFound(request, model, scope, library, words, weighted, found, bool(told), few)


def look_up_meaning(words: WordsFound, vector: Sequence[float]) -> Scored:
    """Return the passages whose vectors are nearest to the question's, and both scores of all that either leg found."""
    width = candidates.width_for(words.library.all_passages)
    asked = Asked(words.analyser, words.weighted.weights, _depth(words.request), words.model.name, vector, width)
    others = [pk for pk, _score in words.found]
    if words.must_hold:
        return candidates.score_others(asked, others)
    few = 0 if words.request.is_exact else words.passage_count
    if few > VERY_FEW_PASSAGES and (few > FEW_PASSAGES or few >= _LARGE_SHARE * words.library.all_passages):
        scored = candidates.score_nearest(words.scope, asked, others)
        if len(scored.near) == asked.limit or (few > FEW_PASSAGES and _is_narrowed_enough(words)):
            return scored
    # All is to be compared, or there is little, or the index gave up: what may be found is little beside what may not.
    return candidates.score_compared(words.scope, asked, others)


def _is_little(few: int, library: Library) -> bool:
    """Whether going through all that may be found is less than asking the index of terms, which names hidden passages too."""
    return library.passage_count > _LITTLE_MAX and few <= min(_LITTLE_MAX, _LITTLE * library.passage_count)


def _is_narrowed_enough(words: WordsFound) -> bool:
    """Whether a condition on passages is why the index of vectors gave up, and it is left at what the index met.

    The nearest of what is allowed are among that; to compare all would cost the size of the library. But nothing else finds exact words
    that tell no term, "to be or not to be" as little as a single Chinese sign: for them all is gone through, as long as a statement may take.
    """
    return bool(words.scope.terms_conditions or words.scope.text_conditions) and not words.request.question.phrases


def _depth(request: Request) -> int:
    return max(CANDIDATES_MIN, _CANDIDATES_TIMES * request.limit)


def _read(text: str, library: Library) -> QuestionWords:
    return read_words(text, library.analyser, get_identifier(), library.languages)


def _find(scope: Scope, asked: Asked, held: Mapping[int, int], few: int, *, is_alone: bool) -> Candidates:
    if is_alone and sum(held.values()) > NAMED_ALONE and few <= FEW_PASSAGES:
        return candidates.find_by_document(scope, asked)
    return candidates.find_by_index(scope, asked, _rarest(held, NAMED_ALONE if is_alone else NAMED_BESIDE_MEANING))


def _rarest(held: Mapping[int, int], most: int) -> list[int]:
    """Return the rarest terms, until so many passages may hold one of them."""
    chosen: list[int] = []
    expected = 0
    for term, count in sorted(held.items(), key=lambda one: (one[1], one[0])):
        if chosen and expected + count > most:
            break
        chosen.append(term)
        expected += count
    return chosen


def _told(question: Question, library: Library, words: QuestionWords) -> list[frozenset[int]]:
    """Return the words of the phrases as whatever holds the phrases has them, in any language of the library or of the question."""
    languages = {*library.languages, *(language for language, chance in words.languages.items() if chance >= LIKELY)}
    return [word for phrase in question.phrases for word in told_words(phrase, library.analyser, languages)]


def _rarest_word(told: Iterable[frozenset[int]], holding: Mapping[int, int]) -> list[int]:
    """Return the terms of the rarest word: whoever holds every phrase holds one of them. None are returned of a word that nothing holds."""
    held = [{term: holding[term] for term in terms if term in holding} for terms in told]
    rarest = min(held, key=lambda counts: sum(counts.values()))
    return sorted(rarest)


def _terms_conditions(question: Question, library: Library, workspace_id: UUID) -> list[Sql]:
    conditions = []
    if question.filters.languages is not None:
        conditions.append(Sql("row.language = ANY(%s)", (sorted(question.filters.languages),)))
    unwanted = frozenset[int]().union(*(_unwanted_terms(word, library) for word in question.without))
    if unwanted:
        conditions.append(Sql("NOT row.terms && %s::integer[]", (in_workspace(sorted(unwanted), workspace_id),)))
    return conditions


def _text_conditions(question: Question, library: Library) -> list[Sql]:
    wanted = [Sql(_TEXT, (phrase_pattern(phrase),)) for phrase in question.phrases]
    unwanted = [*question.without_phrases, *(word for word in question.without if not _unwanted_terms(word, library))]
    return [*wanted, Sql(f"NOT {_TEXT}", (any_pattern(unwanted),))] if unwanted else wanted


def _unwanted_terms(word: str, library: Library) -> frozenset[int]:
    """Return the terms by which a word is left out, with its other forms; none where it goes as it is written.

    That is a name of several parts, only where it stands whole; a part of a run of a script without spaces; and a stop word.
    """
    runs = [run for _start, run in find_runs(word)]
    is_one_word = len(runs) == 1 and is_spaced(runs[0]) and len(pieces_of(runs[0])) == 1
    return _read(word, library).terms if is_one_word else frozenset()
