"""What the words' leg has to know of a workspace before it ranks: the analyser that answers, and which languages it is in."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import connection

from apps.accounts.types import Reader
from apps.documents.analysis.terms import ANALYSERS, Analyser, current_analyser
from apps.documents.models import TermChange

# Each search begins with it, and Django takes longer to write it than Postgres to answer.
_STATISTICS = """
    SELECT analyser, passage_count, languages, (SELECT sum(passage_count)::bigint FROM documents_searchstatistics)
    FROM documents_searchstatistics WHERE workspace_id = %s AND analyser = ANY(%s)
    ORDER BY is_whole DESC, analyser DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Library:
    """`passage_count` is rounded down to its first four binary digits, so that it tells nobody of one document more."""

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
    return Library(ANALYSERS[version], _rounded(passage_count), spoken, all_passages)


def _not_yet_counted(reader: Reader, analyser: int) -> Mapping[str, int]:
    """The languages of a workspace's first passages, published a moment ago: without them its first question may be taken for another's."""
    counts: Counter[str] = Counter()
    for languages in TermChange.objects.filter(workspace=reader.workspace, analyser=analyser).values_list("languages", flat=True):
        counts.update(languages)
    return counts


def _rounded(count: int) -> int:
    low = max(0, count.bit_length() - 4)
    return count >> low << low
