"""What is kept only for a while goes, some rows at a time. Rows of usage stay: they are the truth about money."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from apps.gateway.models import BudgetWindow, CachedAnswer, QueryLog, Reservation, ReservationState

BATCH = 5000
RESERVATIONS_KEPT = timedelta(days=2)
WINDOWS_KEPT = timedelta(days=400)


def prune(now: datetime) -> int:
    """Remove what is over; gives how many rows."""
    ended = Reservation.objects.exclude(state=ReservationState.HELD)
    return sum(
        map(
            _remove,
            (
                ended.filter(made_at__lt=now - RESERVATIONS_KEPT).order_by("made_at"),
                QueryLog.objects.filter(created_at__lt=now - timedelta(days=settings.QUIRE_QUERY_LOG_DAYS)).order_by("created_at"),
                CachedAnswer.objects.filter(expires_at__lt=now).order_by("expires_at"),
                BudgetWindow.objects.filter(starts_on__lt=(now - WINDOWS_KEPT).astimezone(UTC).date()).order_by("id"),
            ),
        )
    )


# Any: rows of any table.
def _remove(rows: "QuerySet[Any]") -> int:
    total: int = 0
    while True:
        # A statement of its own for each batch: none runs long or holds many locks.
        count, _ = rows.model.objects.filter(pk__in=rows.values("pk")[:BATCH]).delete()
        total += count
        if count < BATCH:
            return total
