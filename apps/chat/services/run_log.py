"""Appending to runs' logs, fenced: a process that lost a run writes nothing more into it."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from apps.chat.errors import StaleAttempt
from apps.chat.events import StageChanged, payload_of
from apps.chat.services.streams import NumberedEvent, Page

# The lock makes the fence hold against a take-over in the same moment: it waits, and then finds another attempt.
_HOLD = """
SELECT run.id FROM chat_run AS run JOIN unnest(%s::uuid[], %s::int[]) AS held(id, attempt) USING (id, attempt)
WHERE run.state = 'running' ORDER BY run.id FOR NO KEY UPDATE OF run
"""
# A commit whose answer got lost is made again: what is there already stays as it is.
_APPEND = """
INSERT INTO chat_runevent (run_id, seq, attempt, type, payload, created_at)
SELECT line.run, line.seq, line.attempt, line.type, line.payload, now()
FROM jsonb_to_recordset(%s::jsonb) AS line(run uuid, seq bigint, attempt int, type text, payload jsonb)
ON CONFLICT (run_id, seq) DO NOTHING
"""
_SET_STAGES = "UPDATE chat_run AS run SET stage = said.stage FROM unnest(%s::uuid[], %s::text[]) AS said(id, stage) WHERE run.id = said.id"


def append_pages(pages: Sequence[Page]) -> set[UUID]:
    """Append each page whose attempt still holds its run, in one transaction; gives the runs that are held no more."""
    with transaction.atomic(), connection.cursor() as cursor:
        held = _hold(cursor, {page.run_id: page.attempt for page in pages})
        written = [page for page in pages if page.run_id in held]
        _set_stages(cursor, written)
        lines: list[dict[str, Any]] = [
            {"run": str(page.run_id), "seq": seq, "attempt": page.attempt, "type": event.type, "payload": payload_of(event)}
            for page in written
            for seq, event in page.events
        ]
        if lines:
            cursor.execute(_APPEND, [json.dumps(lines)])
    return {page.run_id for page in pages} - held


def append_events(run_id: UUID, attempt: int, events: Sequence[NumberedEvent]) -> None:
    """Append all of one run's `events`, or raise StaleAttempt once the run is not this attempt's any more."""
    if append_pages([Page(run_id, attempt, events)]):
        raise StaleAttempt


def find_held(attempts: Mapping[UUID, int]) -> set[UUID]:
    """Those runs that these very attempts still hold."""
    with transaction.atomic(), connection.cursor() as cursor:
        return _hold(cursor, attempts)


def _hold(cursor: CursorWrapper, attempts: Mapping[UUID, int]) -> set[UUID]:
    cursor.execute(_HOLD, [list(attempts), list(attempts.values())])
    return {row[0] for row in cursor.fetchall()}


def _set_stages(cursor: CursorWrapper, pages: Collection[Page]) -> None:
    stages = {page.run_id: event.text for page in pages for _, event in page.events if isinstance(event, StageChanged)}
    if stages:
        cursor.execute(_SET_STAGES, [list(stages), list(stages.values())])
