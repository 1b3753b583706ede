"""One effect for each Idempotency-Key, however often its request is sent.

The record is committed before the work, with a lease; `complete` belongs into the transaction of the effect, so that there
is never one without the other. What dies in between leaves a lease that runs out; whoever takes over moves it, and with it
the fence: the first one's `complete` then fails and takes its rows back. No answer is kept, only whose id to read anew.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.errors import InFlight
from apps.accounts.models import IdempotencyRecord
from apps.accounts.types import Reader
from apps.common.errors import Invalid

LEASE = timedelta(seconds=120)
KEPT = timedelta(hours=48)
PRUNE_BATCH = 1000


class KeyMismatch(Invalid):
    """The key came with another request before."""

    code, title = "idempotency_mismatch", "This Idempotency-Key belongs to another request"


@dataclass(frozen=True, slots=True)
class Attempt:
    """The right to do the work once, for as long as `lease_until` stands in the record."""

    record_id: UUID
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of the first request: its status, and the id of what to read anew."""

    status: int
    reference: str


def begin(reader: Reader, *, key: str, route: str, fingerprint: str) -> Attempt | Finished:
    """Claim `key` for this request, or tell what became of it.

    Raises KeyMismatch where the key came with another request, InFlight while somebody else holds it. Has to be called
    outside of a transaction: nobody sees a claim that is not committed.
    """
    now = timezone.now()
    fresh = IdempotencyRecord(pk=uuid4(), route=route[:200], fingerprint=fingerprint, lease_until=now + LEASE, key=key, **_caller(reader))
    IdempotencyRecord.objects.bulk_create([fresh], ignore_conflicts=True)
    found = IdempotencyRecord.objects.filter(key=key, **_caller(reader)).first()
    if found is None:
        # Freed between the two queries.
        raise InFlight
    if found.pk == fresh.pk:
        return Attempt(found.pk, found.lease_until)
    if found.fingerprint != fingerprint:
        raise KeyMismatch("The same Idempotency-Key came with another body or address before. Use a new key for a new request.")
    if found.status is not None:
        return Finished(found.status, found.reference)
    if found.lease_until > now:
        raise InFlight
    return _take_over(found, now)


def complete(attempt: Attempt, *, status: int, reference: str) -> None:
    """Say what became of the work, in the transaction of its effect. Raises InFlight where somebody else took over."""
    if not _held(attempt).update(status=status, reference=reference):
        raise InFlight


def release(attempt: Attempt) -> None:
    """Free the key after an error: the next request with it begins anew. Leaves it to whoever took over, or finished."""
    _held(attempt).delete()


def forget(reader: Reader, *, key: str, reference: str) -> None:
    """Free the key whose finished work came to nothing after all, unless it stands for another work already."""
    IdempotencyRecord.objects.filter(key=key, reference=reference, **_caller(reader)).delete()


def prune_records(now: datetime) -> int:
    """Delete records older than 48 hours, some at a time; gives how many."""
    total = 0
    while True:
        ids = list(IdempotencyRecord.objects.filter(created_at__lt=now - KEPT).values_list("pk", flat=True)[:PRUNE_BATCH])
        count, _ = IdempotencyRecord.objects.filter(pk__in=ids).delete()
        total += count
        if len(ids) < PRUNE_BATCH:
            return total


def _take_over(found: IdempotencyRecord, now: datetime) -> Attempt:
    """Whoever held it was not heard of again. Of several who find out, one moves the lease."""
    abandoned = Attempt(found.pk, found.lease_until)
    if not _held(abandoned).update(lease_until=now + LEASE):
        raise InFlight
    return Attempt(found.pk, now + LEASE)


def _caller(reader: Reader) -> dict[str, Any]:
    """Whose keys these are: a person in a workspace, with each API key a caller of its own."""
    return {"workspace": reader.workspace, "user": reader.user, "api_key_id": reader.api_key_id}


def _held(attempt: Attempt) -> QuerySet[IdempotencyRecord]:
    """The record, as long as this attempt still holds it."""
    return IdempotencyRecord.objects.filter(pk=attempt.record_id, status__isnull=True, lease_until=attempt.lease_until)
