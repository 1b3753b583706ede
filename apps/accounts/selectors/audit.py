"""Reading the audit trail: finding entries, and handing them out as lines of JSON. It grows to millions: nothing here counts it."""

import ipaddress
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Q, QuerySet

from apps.accounts.models import AuditEntry, User

CHUNK = 1000
FIELDS = tuple(field.attname for field in AuditEntry._meta.concrete_fields)
# One probe of the index for each action there is, however many entries.
_ACTIONS = """
WITH RECURSIVE seen AS (
    (SELECT action FROM accounts_auditentry ORDER BY action LIMIT 1)
    UNION ALL
    SELECT (SELECT action FROM accounts_auditentry WHERE action > seen.action ORDER BY action LIMIT 1) FROM seen WHERE seen.action IS NOT NULL
)
SELECT action FROM seen WHERE action IS NOT NULL
"""


def list_actions() -> list[str]:
    """Every action that the trail holds, in order."""
    with connection.cursor() as cursor:
        cursor.execute(_ACTIONS)
        return [action for (action,) in cursor.fetchall()]


def list_entries(since: datetime | None, until: datetime | None) -> QuerySet[AuditEntry]:
    """All entries from `since` on and before `until`, for whoever looks after the server."""
    bounds = {"at__gte": since, "at__lt": until}
    return AuditEntry.objects.filter(**{name: moment for name, moment in bounds.items() if moment})


def search_entries(entries: QuerySet[AuditEntry], term: str) -> QuerySet[AuditEntry]:
    """Return what is about `term` as a whole: an e-mail, an address, a day, an action, an id of whatever kind.

    Columns in which nothing is found are left out of the condition, so that the others' indexes are used.
    """
    found = [condition for condition in _conditions(term.strip()) if entries.filter(condition).order_by().exists()]
    if not found:
        return entries.none()
    wanted = found[0]
    for condition in found[1:]:
        wanted |= condition
    return entries.filter(wanted)


def _conditions(term: str) -> list[Q]:
    term = term.replace("\0", "")
    if "@" in term:
        people = list(User.objects.filter(email__iexact=term).values_list("pk", flat=True))
        # Somebody who is gone, or had this e-mail once.
        return [Q(actor_id__in=people)] if people else [Q(actor=term.lower())]
    if day := _read_day(term):
        start = datetime.combine(day, time(), UTC)
        return [Q(at__gte=start, at__lt=start + timedelta(days=1))]
    if address := _read_address(term):
        return [Q(address=address)]
    conditions = [Q(action=term), Q(object_id=term), Q(request_id=term)]
    if identity := _read_id(term):
        conditions += [Q(object_id=str(identity)), Q(actor_id=identity), Q(workspace_id=identity), Q(api_key_id=identity)]
    return conditions


def read_moment(text: str) -> datetime:
    """A day, which begins at midnight UTC, or a moment in ISO 8601; raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_lines(entries: QuerySet[AuditEntry], after: int) -> tuple[str, int]:
    """Return up to CHUNK entries with an id above `after`, oldest first, each a line of JSON; and the last one's id.

    Asked again and again: between two chunks no connection is held, however slow who reads is.
    """
    rows = list(entries.filter(pk__gt=after).order_by("pk").values(*FIELDS)[:CHUNK])
    return "".join(map(_line, rows)), rows[-1]["id"] if rows else after


def all_lines(entries: QuerySet[AuditEntry]) -> Iterator[str]:
    lines, after = read_lines(entries, 0)
    while lines:
        yield lines
        lines, after = read_lines(entries, after)


# Any: a row's values.
def _line(row: dict[str, Any]) -> str:
    # ASCII: some tools take the line separators of Unicode for ends of lines.
    return json.dumps({**row, "at": row["at"].isoformat()}, cls=DjangoJSONEncoder, separators=(",", ":")) + "\n"


def _read_day(term: str) -> date | None:
    try:
        return date.fromisoformat(term) if re.fullmatch(r"\d{4}-\d\d-\d\d", term) else None
    except ValueError:
        return None


def _read_address(term: str) -> str:
    try:
        return str(ipaddress.ip_address(term))
    except ValueError:
        return ""


def _read_id(term: str) -> UUID | None:
    try:
        return UUID(term)
    except ValueError:
        return None
