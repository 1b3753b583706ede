"""The full-text leg: passages that hold any of the question's words, those with most of them first."""

import re

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F, Value

from apps.documents.constants import SEARCH_CANDIDATES, SEARCH_CONFIG
from apps.documents.querysets import PassageQuerySet
from apps.documents.search.types import Candidates

_TERM = re.compile(r'"[^"]*\w[^"]*"|[\w][\w.\'/@+#-]*', re.UNICODE)
_OPERATORS = frozenset(["or", "and", "not"])
_TERMS_MAX = 40
# ts_rank_cd: divide by 1 + log(length), then bring into 0..1 by rank / (rank + 1).
_NORMALISATION = 1 | 32


def any_of(query: str) -> str:
    """Return `query` as websearch_to_tsquery reads "any of these words"; phrases stay phrases.

    People ask in sentences: with all words required, most questions would find nothing.
    """
    terms = [term for term in _TERM.findall(query) if term.lower() not in _OPERATORS]
    return " or ".join(dict.fromkeys(terms[:_TERMS_MAX]))


def find_by_words(passages: PassageQuerySet, query: str) -> Candidates:
    """Return candidates among `passages`, which the caller has narrowed to what may be seen."""
    words = any_of(query)
    if not words:
        return []
    search = SearchQuery(words, search_type="websearch", config=SEARCH_CONFIG)
    rank = SearchRank(F("search"), search, cover_density=True, normalization=Value(_NORMALISATION))
    found = passages.filter(search=search).annotate(rank=rank).order_by("-rank", "id")
    return [(pk, float(rank)) for pk, rank in found.values_list("id", "rank")[:SEARCH_CANDIDATES]]
