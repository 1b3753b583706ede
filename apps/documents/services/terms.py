"""Give passages their terms: with the passages when a file is read, and anew when the analyser or the weights change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql

from apps.documents.analysis.languages import identify_all
from apps.documents.analysis.terms import ANALYSERS, Analysed, current_analyser, in_workspace
from apps.documents.analysis.weights import sparse_vector, weigh
from apps.documents.languages import get_identifier
from apps.documents.models import Passage, SearchStatistics

_COLUMNS = ("passage_id", "version_id", "workspace_id", "analyser", "language", "length", "weighting", "terms", "weights")
# Of passages without a term, whose mean would be none.
_LENGTH_MIN = 1.0


@dataclass(frozen=True, slots=True)
class Analysis:
    """What one analyser made of the passages of a document, in their order."""

    analyser: int
    languages: Sequence[str]
    passages: Sequence[Analysed]

    @property
    def mean_length(self) -> float:
        return max(_LENGTH_MIN, sum(passage.length for passage in self.passages) / max(1, len(self.passages)))


def analyse_texts(texts: Sequence[str], analysers: Iterable[int]) -> list[Analysis]:
    """Return the terms of the passages of one document by each of the analysers."""
    languages = identify_all(get_identifier(), texts)
    return [_analyse(version, languages, texts) for version in analysers]


def _analyse(version: int, languages: Sequence[str], texts: Sequence[str]) -> Analysis:
    analyse = ANALYSERS[version].analyse
    return Analysis(version, languages, [analyse(text, language) for text, language in zip(texts, languages, strict=True)])


def analysers_in_use(workspace_id: UUID) -> list[int]:
    """Return the current analyser and, while its terms are not whole, the one that answers until then."""
    known = SearchStatistics.objects.filter(workspace=workspace_id, analyser__in=ANALYSERS).values_list("analyser", flat=True)
    return sorted({*known, current_analyser().version})


def write_terms(version_id: UUID, workspace_id: UUID, passage_ids: Sequence[int], analyses: Iterable[Analysis]) -> None:
    """Write the terms of a version's passages, inside the caller's transaction."""
    for analysis in analyses:
        statistics = statistics_of(workspace_id, analysis.analyser, analysis.mean_length, version_id)
        names = sql.SQL(", ").join(sql.Identifier(name) for name in _COLUMNS)
        with connection.cursor() as cursor, cursor.copy(sql.SQL("COPY documents_passageterms ({}) FROM STDIN").format(names)) as copy:
            for passage_id, language, passage in zip(passage_ids, analysis.languages, analysis.passages, strict=True):
                copy.write_row([passage_id, version_id, workspace_id, analysis.analyser, language, *weighed(passage, statistics)])


# Any: the values of a row.
def weighed(passage: Analysed, statistics: SearchStatistics) -> list[Any]:
    """Return length, weighting, terms and weights as the database takes them."""
    weights = weigh(passage.counts, passage.length, statistics.mean_length)
    return [passage.length, statistics.weighting, in_workspace(weights, statistics.workspace_id), sparse_vector(weights)]


def statistics_of(workspace_id: UUID, analyser: int, mean_length: float, version_id: UUID | None = None) -> SearchStatistics:
    """Return the workspace's row; where there is none, one that takes these first passages for the usual ones.

    It is whole at once only where the workspace has no terms of another analyser and no passages but this version's: those of
    a library from before there were terms wait for theirs.
    """
    known = SearchStatistics.objects.filter(workspace=workspace_id)
    found = known.filter(analyser=analyser).first()
    if found is None:
        is_whole = not known.exists() and not Passage.objects.filter(workspace=workspace_id).exclude(version=version_id).exists()
        first = {"mean_length": mean_length, "is_whole": is_whole}
        found, _is_new = SearchStatistics.objects.get_or_create(workspace_id=workspace_id, analyser=analyser, defaults=first)
    return found
