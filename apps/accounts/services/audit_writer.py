"""The bounded writer behind `note` (`common/batches.py`): many entries in one INSERT, so that an API request pays for none of it.

What found no room while Postgres was away is counted in one entry `audit.dropped` once it is back.
"""

from collections.abc import Sequence

from django.conf import settings
from django.db import connection

from apps.accounts.models import AuditEntry
from apps.common.batches import BatchWriter

_IDS = "SELECT nextval(pg_get_serial_sequence('accounts_auditentry', 'id')) FROM generate_series(1, %s)"


class AuditWriter(BatchWriter[AuditEntry]):
    """Ids are drawn before the INSERT, so that a second try skips what the first one wrote."""

    name = "audit"

    def insert(self, entries: Sequence[AuditEntry]) -> None:
        if new := [entry for entry in entries if not entry.pk]:
            with connection.cursor() as cursor:
                cursor.execute(_IDS, [len(new)])
                for entry, (number,) in zip(new, cursor.fetchall(), strict=True):
                    entry.pk = number
        AuditEntry.objects.bulk_create(entries, ignore_conflicts=True)

    def insert_at_once(self, entry: AuditEntry) -> None:
        entry.save(force_insert=True)

    def describe(self, entry: AuditEntry) -> dict[str, object]:
        return {"action": entry.action[:60]}

    def of_dropped(self, count: int) -> AuditEntry:
        return AuditEntry(action="audit.dropped", detail={"count": count})


WRITER = AuditWriter().of_process()


def begin() -> None:
    """For a process that lives long: write in batches from now on. It is ended by itself at the end of the interpreter."""
    WRITER.begin(settings.QUIRE_AUDIT_BATCH_MS / 1000)
