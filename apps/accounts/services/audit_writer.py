"""How an entry gets into the table: at once, in the transaction of whoever is at work."""

from apps.accounts.models import AuditEntry


def write(entry: AuditEntry) -> None:
    entry.save(force_insert=True)
