"""Give passages their terms anew, in the background: after a change of the analyser, and of the mean length by which they are weighed.

A new analyser's terms are made beside those of the one before, which answers until the last passage has its new ones; what is
read meanwhile gets both. Each call does a part; who calls again goes on where it ended, as the rows tell what is missing.

What lacks its terms is looked for everywhere, whole workspaces too, after each start of another analyser and once an hour: what a
crash, or a process of the version before, left behind is made up for by itself. Such a process may work beside this one for a
while; each adds what its own analyser lacks, and only the newer one removes.
"""

import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction

from apps.documents.analysis.terms import ANALYSERS, current_analyser
from apps.documents.ingest.types import join_embedded
from apps.documents.models import Document, DocumentVersion, Passage, PassageTerms, SearchStatistics
from apps.documents.services.connection import let_go
from apps.documents.services.statistics import forget_gone, forget_older
from apps.documents.services.terms import analyse_texts, statistics_of, weighed, write_terms

logger = logging.getLogger(__name__)

_VERSIONS_AT_ONCE = 50
_ROWS_AT_ONCE = 500
_REMOVED_AT_ONCE = 20_000
# Of a workspace whose passages have no term at all there is no mean; it follows with the first note.
_USUAL_LENGTH = 100.0
# By which analyser everything was found to have terms. Shorter than the hour after which beat asks again.
_WHOLE = "documents.reindex_terms.whole"
_WHOLE_SECONDS = 3000
# A version's terms are written at once, so its first passage tells of all. Scalar subqueries, so that each is looked up by its key,
# whatever the planner believes of the tables: a look costs two looks into indexes a version.
_UNANALYSED = """
    SELECT version.id, collection.workspace_id FROM documents_documentversion AS version
    JOIN documents_document AS document ON document.id = version.document_id
    JOIN documents_collection AS collection ON collection.id = document.collection_id
    CROSS JOIN LATERAL (
        SELECT passage.id FROM documents_passage AS passage WHERE passage.version_id = version.id ORDER BY passage.ordinal LIMIT 1
    ) AS first
    WHERE (document.current_version_id = version.id OR version.published_at IS NULL)
    AND (SELECT held.id FROM documents_passageterms AS held WHERE held.passage_id = first.id AND held.analyser = %s) IS NULL
    ORDER BY version.id LIMIT %s
"""
_OFF_WEIGHT = """
    SELECT held.id, held.language, passage.prefix, passage.text, passage.body_start FROM documents_passageterms AS held
    JOIN documents_passage AS passage ON passage.id = held.passage_id
    WHERE held.workspace_id = %s AND held.analyser = %s AND held.weighting < %s ORDER BY held.weighting, held.id LIMIT %s
"""
# Whoever removes a row waits for nobody who waits for them: what is held is left to the next time.
_WEIGH = """
    WITH free AS (SELECT id FROM documents_passageterms WHERE id = ANY(%s) FOR UPDATE SKIP LOCKED)
    UPDATE documents_passageterms AS held SET weighting = fresh.weighting, weights = fresh.weights::sparsevec
    FROM unnest(%s::bigint[], %s::integer[], %s::text[]) AS fresh(id, weighting, weights)
    WHERE held.id = fresh.id AND held.id IN (SELECT id FROM free)
"""
_REMOVE = "DELETE FROM documents_passageterms WHERE id IN (SELECT id FROM documents_passageterms WHERE workspace_id = %s AND analyser < %s LIMIT %s)"


def reindex_terms() -> bool:
    """Do a part of what is to be done; return whether there may be more."""
    return _analyse_some() or _weigh_some()


def _analyse_some() -> bool:
    """Analyse some versions by the current analyser; where none is left, let it answer."""
    analyser = current_analyser().version
    if cache.get(_WHOLE) == analyser:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_UNANALYSED, [analyser, _VERSIONS_AT_ONCE])
        found = cursor.fetchall()
    for version_id, workspace_id in found:
        _analyse(version_id, workspace_id)
    if not found:
        _make_whole()
        forget_gone()
        cache.set(_WHOLE, analyser, timeout=_WHOLE_SECONDS)
    return bool(found)


def _analyse(version_id: UUID, workspace_id: UUID) -> None:
    passages = list(Passage.objects.filter(version=version_id).order_by("ordinal").only("pk", "prefix", "text", "body_start"))
    let_go()
    analyses = analyse_texts([join_embedded(one.prefix, one.text, one.body_start) for one in passages], [current_analyser().version])
    try:
        with transaction.atomic():
            if not _lock_wanted(version_id):
                return
            # Of what was half removed, the rest: else it could never be written.
            PassageTerms.objects.filter(version=version_id, analyser=current_analyser().version).delete()
            write_terms(version_id, workspace_id, [one.pk for one in passages], analyses)
    except (IntegrityError, psycopg.IntegrityError):  # COPY raises the driver's own
        # Deleted, read anew, or analysed by somebody else at this moment.
        logger.info("search.analysed_meanwhile", extra={"version_id": str(version_id)})


def _lock_wanted(version_id: UUID) -> bool:
    """Lock the version's document, and return whether it still answers or is about to: one that is superseded leaves no terms behind."""
    document = Document.objects.select_for_update(of=("self",)).filter(versions=version_id).first()
    if document is None:
        return False
    return document.current_version_id == version_id or DocumentVersion.objects.filter(pk=version_id, published_at=None).exists()


def _make_whole() -> None:
    """Let the current analyser answer wherever nothing lacks its terms, and forget the ones before it."""
    analyser = current_analyser().version
    behind = SearchStatistics.objects.filter(analyser__lt=analyser).values_list("workspace", flat=True).distinct()
    waiting = SearchStatistics.objects.filter(analyser=analyser, is_whole=False).values_list("workspace", flat=True)
    for workspace_id in {*behind, *waiting}:
        statistics_of(workspace_id, analyser, _USUAL_LENGTH)
        SearchStatistics.objects.filter(workspace=workspace_id, analyser=analyser).update(is_whole=True)
        _remove_older(workspace_id, analyser)
        logger.info("search.analyser_answers", extra={"workspace_id": str(workspace_id), "analyser": analyser})


def _remove_older(workspace_id: UUID, analyser: int) -> None:
    with connection.cursor() as cursor:
        removed = _REMOVED_AT_ONCE
        while removed == _REMOVED_AT_ONCE:
            cursor.execute(_REMOVE, [workspace_id, analyser, _REMOVED_AT_ONCE])
            removed = cursor.rowcount
    forget_older(workspace_id, analyser)


def _weigh_some() -> bool:
    """Weigh some passages by their workspace's present mean length."""
    for statistics in SearchStatistics.objects.filter(analyser__in=ANALYSERS).order_by("pk"):
        with connection.cursor() as cursor:
            cursor.execute(_OFF_WEIGHT, [statistics.workspace_id, statistics.analyser, statistics.weighting, _ROWS_AT_ONCE])
            rows = cursor.fetchall()
        if rows:
            let_go()
            if _weigh(statistics, rows):
                return True
    return False


# Any: the rows of a query.
def _weigh(statistics: SearchStatistics, rows: Sequence[tuple[Any, ...]]) -> int:
    analyse = ANALYSERS[statistics.analyser].analyse
    fresh = [(row_id, weighed(analyse(join_embedded(*parts), language), statistics)) for row_id, language, *parts in rows]
    with connection.cursor() as cursor:
        ids, weightings, weights = [row_id for row_id, _ in fresh], [one[1] for _, one in fresh], [one[3] for _, one in fresh]
        cursor.execute(_WEIGH, [ids, ids, weightings, weights])
        return int(cursor.rowcount)
