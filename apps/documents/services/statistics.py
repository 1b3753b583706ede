"""Keep up what BM25 has to know of a workspace: how many passages there are, how long, and how many hold each term.

Whoever writes or removes terms leaves a note in the same transaction (a trigger does), and waits for nobody. One process at
a time adds the notes up, in the order of terms: a common word's count is written once for all of them.
"""

import logging
from collections import Counter
from uuid import UUID

from django.db import connection, transaction

from apps.common.queue import enqueue
from apps.documents.models import SearchStatistics, TermChange, TermCount

logger = logging.getLogger(__name__)

# So many notes in one transaction: of a book's passages one has some hundred thousand numbers.
_AT_ONCE = 200
# Weights are made anew where the mean length is this much off.
_DRIFT = 0.05
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('documents.statistics'))"
_WAIT = "SELECT pg_advisory_xact_lock(hashtext('documents.statistics'))"
_COUNT = """
    INSERT INTO documents_termcount (workspace_id, analyser, term, passage_count)
    SELECT note.workspace_id, note.analyser, pair.term, sum(pair.count)::integer
    FROM documents_termchange AS note
    JOIN documents_searchstatistics AS home ON home.workspace_id = note.workspace_id AND home.analyser = note.analyser
    CROSS JOIN LATERAL unnest(note.terms, note.counts) AS pair(term, count)
    WHERE note.id = ANY(%s) GROUP BY 1, 2, 3 HAVING sum(pair.count) <> 0 ORDER BY 1, 2, 3
    ON CONFLICT (workspace_id, analyser, term) DO UPDATE SET passage_count = documents_termcount.passage_count + EXCLUDED.passage_count
"""
_FORGET = """
    DELETE FROM documents_termcount AS known USING (
        SELECT DISTINCT note.workspace_id, note.analyser, unnest(note.terms) AS term FROM documents_termchange AS note
        WHERE note.id = ANY(%s) AND note.passage_count < 0
    ) AS gone
    WHERE known.workspace_id = gone.workspace_id AND known.analyser = gone.analyser AND known.term = gone.term AND known.passage_count <= 0
"""
# Every workspace and analyser that has counts, each by one look into the key.
_FORGET_GONE = """
    WITH RECURSIVE counted(workspace_id, analyser) AS (
        (SELECT workspace_id, analyser FROM documents_termcount ORDER BY 1, 2 LIMIT 1)
        UNION ALL
        SELECT next.workspace_id, next.analyser FROM counted CROSS JOIN LATERAL (
            SELECT workspace_id, analyser FROM documents_termcount AS later
            WHERE (later.workspace_id, later.analyser) > (counted.workspace_id, counted.analyser) ORDER BY 1, 2 LIMIT 1
        ) AS next
    )
    DELETE FROM documents_termcount AS known USING counted WHERE known.workspace_id = counted.workspace_id AND known.analyser = counted.analyser
    AND NOT EXISTS (SELECT 1 FROM documents_searchstatistics AS home WHERE home.workspace_id = counted.workspace_id AND home.analyser = counted.analyser)
"""


def fold_changes() -> int:
    """Add up all notes that are there; return how many. At once 0 where another process does it."""
    count = 0
    while folded := _fold_some():
        count += folded
    return count


def forget_older(workspace_id: UUID, analyser: int) -> None:
    """Forget what was counted of older analysers, while nobody adds up. Notes on them are dropped from then on."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_WAIT)
        SearchStatistics.objects.filter(workspace=workspace_id, analyser__lt=analyser).delete()
        TermCount.objects.filter(workspace=workspace_id, analyser__lt=analyser).delete()


def forget_gone() -> None:
    """Remove counts without a workspace or analyser: some are added while a workspace is being deleted, and no foreign key tells."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_WAIT)
        cursor.execute(_FORGET_GONE)


def _fold_some() -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        if not cursor.fetchone()[0]:
            return 0
        notes = list(TermChange.objects.order_by("pk").defer("terms", "counts")[:_AT_ONCE])
        if not notes:
            return 0
        ids = [note.pk for note in notes]
        cursor.execute(_COUNT, [ids])
        cursor.execute(_FORGET, [ids])
        has_moved = _add_up(notes)
        TermChange.objects.filter(pk__in=ids).delete()
        if has_moved:
            enqueue("documents.reindex")
    return len(notes)


def _add_up(notes: list[TermChange]) -> bool:
    """Add to the workspaces' rows; return whether some weights are to be made anew."""
    sums: dict[tuple[UUID, int], Counter[str]] = {}
    languages: dict[tuple[UUID, int], Counter[str]] = {}
    for note in notes:
        key = (note.workspace_id, note.analyser)
        sums.setdefault(key, Counter()).update({"passages": note.passage_count, "length": note.length_sum})
        languages.setdefault(key, Counter()).update(note.languages)
    moved = [key for key in sorted(sums, key=str) if _add_to(key, sums[key], languages[key])]
    return bool(moved)


def _add_to(key: tuple[UUID, int], sums: Counter[str], languages: Counter[str]) -> bool:
    row = SearchStatistics.objects.select_for_update().filter(workspace=key[0], analyser=key[1]).first()
    # Its workspace is gone, or its analyser's terms were all removed meanwhile.
    if row is None:
        return False
    row.passage_count = max(0, row.passage_count + sums["passages"])
    row.length_sum = max(0, row.length_sum + sums["length"])
    known = Counter(row.languages)
    known.update(languages)
    row.languages = {language: count for language, count in known.items() if count > 0}
    has_moved = _follow_mean(row)
    row.save()
    return has_moved


def _follow_mean(row: SearchStatistics) -> bool:
    if not row.passage_count or not row.length_sum:
        return False
    mean = row.length_sum / row.passage_count
    if abs(mean / row.mean_length - 1) <= _DRIFT:
        return False
    logger.info("search.mean_length_moved", extra={"workspace_id": str(row.workspace_id), "mean_length": round(mean, 1)})
    row.mean_length, row.weighting = mean, row.weighting + 1
    return True
