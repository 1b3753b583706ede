"""A message and what is attached to it, in any depth: one family, whose rows are locked in one order."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

_FAMILY = """
    WITH RECURSIVE family(id) AS (
        SELECT id FROM documents_document WHERE id = ANY(%s)
        UNION
        SELECT child.id FROM documents_document AS child JOIN family ON child.parent_id = family.id
    )
    SELECT id FROM documents_document WHERE id IN (SELECT id FROM family) ORDER BY id
"""
_ABOVE = """
    WITH RECURSIVE line(id, parent_id, depth) AS (
        SELECT id, parent_id, 0 FROM documents_document WHERE id = %s
        UNION ALL
        SELECT above.id, above.parent_id, line.depth + 1 FROM documents_document AS above JOIN line ON above.id = line.parent_id
    )
    SELECT id, depth FROM line ORDER BY depth DESC LIMIT 1
"""


def family_of(document_id: UUID) -> list[UUID]:
    """Return the ids of a document and of all that is attached to it."""
    return _ids(_FAMILY, [document_id])


def lock_family(document_id: UUID) -> list[UUID]:
    """Lock a document and all that is attached to it until the end of the transaction; return their ids, none where it is gone."""
    return lock_families([document_id])


def lock_families(document_ids: Sequence[UUID]) -> list[UUID]:
    """The same for several documents, each with all that is attached to it.

    In the order of their ids: whoever locks several documents waits for nobody who waits for them.
    Attachments come only under the lock of their message, so a family that grew while we waited has grown for the last time.
    """
    wanted = list(document_ids)
    locked = _ids(_FAMILY + " FOR UPDATE", wanted)
    while locked != _ids(_FAMILY, wanted):
        locked = _ids(_FAMILY + " FOR UPDATE", wanted)
    return locked


def top_of(document_id: UUID) -> tuple[UUID, int]:
    """Return the message that everything came with, and how deep in it the document lies: 0 for itself."""
    with connection.cursor() as cursor:
        cursor.execute(_ABOVE, [document_id])
        row = cursor.fetchone()
    return (row[0], row[1]) if row else (document_id, 0)


def _ids(query: str, document_ids: list[UUID]) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(query, [document_ids])
        return [row[0] for row in cursor.fetchall()]
