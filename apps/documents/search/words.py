"""The words' leg: passages that hold any of the question's words, those with its rare words first.

ts_rank alone knows no rarity: "the press" would count as much as "the colophon". So each term is
ranked by itself and weighted by how few of the passages *this reader may see* hold it: nothing
hidden moves a score. Candidates come from the rarest terms only, so a common word costs nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.db.models import FloatField
from django.db.models.expressions import RawSQL

from apps.documents.constants import SEARCH_CANDIDATES, SEARCH_CONFIG
from apps.documents.querysets import PassageQuerySet
from apps.documents.search.types import Candidates

_TERMS_MAX = 24
# A term that more passages hold than this is common, however many they are.
_COUNT_MAX = 2000
_CANDIDATES_EXPECTED = 4000

_AS_QUERY = r"""('''' || replace(replace(term.lexeme, '\', '\\'), '''', '''''') || '''')::tsquery"""
# Only constants of this module are put into it; values go as parameters.
_COUNT = f"""
    SELECT term.lexeme, found.count
    FROM unnest(tsvector_to_array(to_tsvector(%s::regconfig, %s))) AS term(lexeme)
    CROSS JOIN LATERAL (SELECT count(*) FROM ({{passages}} LIMIT {_COUNT_MAX}) AS holding) AS found
    WHERE found.count > 0 ORDER BY found.count, term.lexeme LIMIT {_TERMS_MAX}
"""  # noqa: S608
# 1: divided by 1 + log(length), so that long passages do not win by their length.
_SCORE = """
    (SELECT sum(weight * ts_rank(documents_passage.search, query, 1))
     FROM unnest(%s::text[]::tsquery[], %s::float8[]) AS term(query, weight))
"""


@dataclass(frozen=True, slots=True)
class _Term:
    query: str
    count: int


def find_by_words(passages: PassageQuerySet, question: str) -> Candidates:
    """Return candidates among `passages`, which the caller has narrowed to what may be seen."""
    terms = _count_terms(passages, question)
    if not terms:
        return []
    queries = [term.query for term in terms]
    score = RawSQL(_SCORE, [queries, _weights(terms)], output_field=FloatField())  # noqa: S611  # values go as parameters
    any_of = SearchQuery(" | ".join(_rarest(terms)), search_type="raw", config="simple")
    found = passages.filter(search=any_of).annotate(score=score).order_by("-score", "id")
    return [(pk, float(score)) for pk, score in found.values_list("id", "score")[:SEARCH_CANDIDATES]]


def _count_terms(passages: PassageQuerySet, question: str) -> list[_Term]:
    """Return the question's terms that any passage holds, the rarest first, stop words left out."""
    holding = passages.extra(where=[f"documents_passage.search @@ {_AS_QUERY}"]).order_by().values("pk")  # noqa: S610  # no value of anybody's in it
    inner, parameters = holding.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT.format(passages=inner), [SEARCH_CONFIG, question, *parameters])
        return [_Term(_quoted(lexeme), count) for lexeme, count in cursor.fetchall()]


def _quoted(lexeme: str) -> str:
    """Return a lexeme as a tsquery of itself, whatever marks are in it."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def _weights(terms: Sequence[_Term]) -> list[float]:
    total = sum(term.count for term in terms)
    return [log(1 + (total - term.count + 0.5) / (term.count + 0.5)) for term in terms]


def _rarest(terms: Sequence[_Term]) -> list[str]:
    """Return the terms that make the candidates: the rarest, until enough passages hold one."""
    chosen: list[str] = []
    expected = 0
    for term in terms:
        if chosen and expected + term.count > _CANDIDATES_EXPECTED:
            break
        chosen.append(term.query)
        expected += term.count
    return chosen
