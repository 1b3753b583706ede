"""Who works on which run. Postgres decides, by lease, with its own clock; the bell only makes it quick.

A claim raises `attempt`, which fences everything the earlier holder may still try to write.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from apps.accounts.models import ApiKey
from apps.chat.errors import Interrupted
from apps.chat.models import Run, RunState
from apps.chat.services.endings import Ending, end_run
from apps.common.push import ring

logger = logging.getLogger(__name__)

ATTEMPTS_MAX = 3
INTERRUPTED = "The process that wrote the answer stopped several times. Your question is kept: try again."

_RENEW = """
UPDATE chat_run AS run SET lease_until = now() + make_interval(secs => %s)
FROM unnest(%s::uuid[], %s::int[]) AS held(id, attempt)
WHERE run.id = held.id AND run.attempt = held.attempt AND run.state = 'running'
RETURNING run.id
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """`epoch` counts the changes of its asker's rights and of the workspace's up to the claim."""

    run_id: UUID
    attempt: int
    epoch: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Disturbance:
    """A held run that somebody asked to stop, or whose asker's rights may be others since `epoch` was read last."""

    run_id: UUID
    is_cancelled: bool
    is_moved: bool
    epoch: int


_EPOCH = F("conversation__owner__epoch") + F("conversation__workspace__epoch")


def claim_runs(claimant: str, limit: int) -> list[Claim]:
    """Take up to `limit` runs that wait or whose holder's lease ran out, the oldest first. Never waits for a row.

    Runs that wore out three holders are ended instead, in the same transaction: no claim is left that its claimant does not know of.
    """
    with transaction.atomic():
        rows = Run.objects.claimable().order_by("created_at").select_for_update(skip_locked=True, of=("self",))
        found = list(rows.values_list("pk", "attempt", "state", _EPOCH)[:limit])
        worn_out = {pk: attempt for pk, attempt, state, _ in found if state == RunState.RUNNING and attempt >= ATTEMPTS_MAX}
        claims = [Claim(pk, attempt + 1, epoch) for pk, attempt, _, epoch in found if pk not in worn_out]
        if claims:
            Run.objects.filter(pk__in=[claim.run_id for claim in claims]).update(
                state=RunState.RUNNING,
                attempt=F("attempt") + 1,
                lease_until=Now() + _lease(),
                claimed_by=claimant,
                started_at=Coalesce("started_at", Now()),
            )
        for run_id, attempt in worn_out.items():
            _give_up(run_id, attempt)
    return claims


def renew_leases(held: Mapping[UUID, int]) -> set[UUID]:
    """Renew what is held (run → attempt); gives those that still are."""
    if not held:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_RENEW, [settings.QUIRE_RUN_LEASE_SECONDS, list(held), list(held.values())])
        return {row[0] for row in cursor.fetchall()}


def find_disturbances(held: Mapping[UUID, int]) -> list[Disturbance]:
    """Look after what is held (run → epoch) in one query: stops, moved epochs, and keys that ran out, which no epoch counts."""
    if not held:
        return []
    key_expires_at = Subquery(ApiKey.objects.filter(pk=OuterRef("api_key_id")).values("expires_at"))
    rows = Run.objects.filter(pk__in=list(held)).values_list("pk", "cancel_requested_at", _EPOCH, key_expires_at)
    now = timezone.now()
    found = (
        Disturbance(pk, cancel_requested_at is not None, epoch != held[pk] or (expires_at is not None and expires_at <= now), epoch)
        for pk, cancel_requested_at, epoch, expires_at in rows
    )
    return [one for one in found if one.is_cancelled or one.is_moved]


def hand_over(claim: Claim) -> bool:
    """Give a run back unfinished, for the next process to take at once."""
    changed = Run.objects.filter(pk=claim.run_id, attempt=claim.attempt, state=RunState.RUNNING).update(
        state=RunState.ACCEPTED, lease_until=None, claimed_by="", stage=""
    )
    return bool(changed)


def _give_up(run_id: UUID, attempt: int) -> None:
    """End a run whose row the caller has locked."""
    end_run(run_id, attempt, Ending(RunState.FAILED, error_code=Interrupted.code, error_detail=INTERRUPTED))
    transaction.on_commit(lambda: ring(f"run.{run_id}", {}))
    logger.error("run.given_up", extra={"run_id": str(run_id), "attempt": attempt})


def _lease() -> timedelta:
    return timedelta(seconds=settings.QUIRE_RUN_LEASE_SECONDS)
