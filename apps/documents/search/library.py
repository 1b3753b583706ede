"""What the words' leg has to know of a workspace before it ranks: the analyser that answers, and which languages it is in."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import connection

from apps.accounts.types import Reader
from apps.documents.analysis.terms import ANALYSERS, Analyser, current_analyser
from apps.documents.models import TermChange

# Fewer passages count as so many. BM25 needs to know no better: words that are in all of a few passages weigh little beside rarer ones.
_PASSAGES_MIN = 16
# A language of fewer passages is told of only where none has more: one document in it is not noticed.
_SPOKEN_MIN = 4
# Each search begins with it, and Django takes longer to write it than Postgres to answer.
_STATISTICS = """
    SELECT analyser, passage_count, languages, (SELECT sum(passage_count)::bigint FROM documents_searchstatistics)
    FROM documents_searchstatistics WHERE workspace_id = %s AND analyser = ANY(%s)
    ORDER BY is_whole DESC, analyser DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Library:
    """What all passages of a workspace tell, hidden ones too. Scores hang on it, so it is rounded, that it tells nobody of one document more.

    `passage_count` is rounded down to its first four binary digits, and is never below 16: one of few would be noticed most.
    `languages` decide only which language a short question is in, for which a power of two is near enough; rare ones are left out.
    """

    analyser: Analyser
    passage_count: int = 0
    languages: Mapping[str, int] = field(default_factory=dict)
    # Of all workspaces: about so many vectors are in the index. A plan hangs on it, and no result does.
    all_passages: int = 0


def get_library(reader: Reader) -> Library:
    """Return the statistics of the analyser that answers in the reader's workspace: the newest whose terms are whole."""
    with connection.cursor() as cursor:
        cursor.execute(_STATISTICS, [reader.workspace.pk, list(ANALYSERS)])
        known = cursor.fetchone()
    if known is None:
        return Library(current_analyser())
    version, passage_count, languages, all_passages = known
    spoken = json.loads(languages) if passage_count else _not_yet_counted(reader, version)
    return Library(ANALYSERS[version], _rounded(passage_count), _coarse(spoken), all_passages)


def _not_yet_counted(reader: Reader, analyser: int) -> Mapping[str, int]:
    """The languages of a workspace's first passages, published a moment ago: without them its first question may be taken for another's."""
    counts: Counter[str] = Counter()
    for languages in TermChange.objects.filter(workspace=reader.workspace, analyser=analyser).values_list("languages", flat=True):
        counts.update(languages)
    return counts


def _rounded(count: int) -> int:
    low = max(0, count.bit_length() - 4)
    return max(_PASSAGES_MIN, count >> low << low)


def _coarse(languages: Mapping[str, int]) -> Mapping[str, int]:
    """Return the counts as powers of two, rounded down, without those that only a few passages are in."""
    fewest = max(1, min(_SPOKEN_MIN, max(languages.values(), default=0)))
    return {language: 1 << count.bit_length() - 1 for language, count in languages.items() if count >= fewest}
