"""What a call came to, written once each however often it is handed in: its rows of usage, its row of the log, its reservation.

Money moves by the rows of usage that were really inserted (one a call and attempt, by a constraint), in the transaction that inserts them. So a
batch that is tried again, a call that is settled twice and one that is settled long after its lease ran out all leave a ledger that adds up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, LiteralString
from uuid import UUID

from django.conf import settings
from django.db import connection, models, transaction
from psycopg import sql

from apps.common.batches import BatchWriter
from apps.gateway.ledger.moving import Spent, settle_reservations
from apps.gateway.models import QueryLog, UsageRecord

LONGEST_WAIT_MS = 250
_INSERT = sql.SQL("INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}) ON CONFLICT DO NOTHING RETURNING {returning}")


@dataclass(frozen=True, slots=True)
class Settlement:
    """`is_reserved`: budgets were asked for it, and may hold something."""

    call_id: UUID
    is_reserved: bool = False
    usages: tuple[UsageRecord, ...] = ()
    log: QueryLog | None = None


class SettlementWriter(BatchWriter[Settlement]):
    name = "settlements"

    def insert(self, entries: Sequence[Settlement]) -> None:
        # In the order of the calls, so that two writers of the same ones do not wait for each other in a circle.
        entries = sorted(entries, key=lambda entry: entry.call_id)
        with transaction.atomic():
            spent = _insert_usages([usage for entry in entries for usage in entry.usages])
            _insert([entry.log for entry in entries if entry.log is not None], "call_id")
            settle_reservations({entry.call_id: spent.get(entry.call_id, (Decimal(0), 0)) for entry in entries if entry.is_reserved})

    def describe(self, entry: Settlement) -> dict[str, object]:
        return {"call_id": str(entry.call_id)}


WRITER = SettlementWriter().of_process()


def begin() -> None:
    """For a process that lives long: write in batches from now on. It is ended by itself at the end of the interpreter."""
    WRITER.begin(min(settings.QUIRE_AUDIT_BATCH_MS, LONGEST_WAIT_MS) / 1000)


def settle(settlement: Settlement) -> None:
    """Hand it to the writer. Waits for nothing while there is room in its queue."""
    WRITER.write(settlement)


def release(call_id: UUID) -> None:
    """Give back what was reserved for a call that never was made."""
    settle(Settlement(call_id, is_reserved=True))


def _insert_usages(usages: Sequence[UsageRecord]) -> dict[UUID, Spent]:
    """Insert those that are new; gives what they come to, by call."""
    spent: dict[UUID, Spent] = {}
    for call_id, money, tokens in _insert(usages, "call_id, money, input_tokens + output_tokens"):
        before = spent.get(call_id, (Decimal(0), 0))
        spent[call_id] = (before[0] + (money or 0), before[1] + tokens)
    return spent


# Any: rows of the columns that the caller asks for.
def _insert(rows: Sequence[models.Model], returning: LiteralString) -> list[tuple[Any, ...]]:
    """Insert rows of one table that break none of its constraints, and tell of those alone, which `bulk_create` does not."""
    if not rows:
        return []
    meta = rows[0]._meta
    fields = [field for field in meta.concrete_fields if not field.primary_key]
    columns = [str(field.column) for field in fields]
    statement = _INSERT.format(
        table=sql.Identifier(meta.db_table),
        names=sql.SQL(", ").join(map(sql.Identifier, columns)),
        arrays=sql.SQL(", ").join(sql.SQL("%s::{}").format(sql.SQL(f"{field.db_type(connection)}[]")) for field in fields),
        returning=sql.SQL(returning),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(_values(field, rows)) for field in fields])
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _values(field: "models.Field[Any, Any]", rows: Iterable[models.Model]) -> Iterable[object]:
    return (field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows)
