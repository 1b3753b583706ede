"""Appending to a run's log, fenced: a process that lost the run writes nothing more into it."""

import json
from collections.abc import Sequence
from uuid import UUID

from django.db import connection, transaction

from apps.chat.errors import StaleAttempt
from apps.chat.events import LoggedEvent, StageChanged, payload_of

# The lock makes the fence hold against a take-over in the same moment: it waits, and then finds another attempt.
_APPEND = """
INSERT INTO chat_runevent (run_id, seq, attempt, type, payload, created_at)
SELECT run.id, line.seq, run.attempt, line.type, line.payload, now()
FROM (SELECT id, attempt FROM chat_run WHERE id = %s AND attempt = %s AND state = 'running' FOR SHARE) AS run,
     jsonb_to_recordset(%s::jsonb) AS line(seq bigint, type text, payload jsonb)
"""
_SET_STAGE = "UPDATE chat_run SET stage = %s WHERE id = %s AND attempt = %s AND state = 'running'"

NumberedEvent = tuple[int, LoggedEvent]


def append_events(run_id: UUID, attempt: int, events: Sequence[NumberedEvent]) -> None:
    """Append all of `events` or none. Raises StaleAttempt once the run is not this attempt's any more."""
    lines = json.dumps([{"seq": seq, "type": event.type, "payload": payload_of(event)} for seq, event in events])
    stages = [event.text for _, event in events if isinstance(event, StageChanged)]
    with transaction.atomic(), connection.cursor() as cursor:
        if stages:
            cursor.execute(_SET_STAGE, [stages[-1], run_id, attempt])
        cursor.execute(_APPEND, [run_id, attempt, lines])
        if cursor.rowcount != len(events):
            raise StaleAttempt
