"""What streamed is kept only as long as somebody may still be reading along; the answer itself stays with its asker."""

from datetime import datetime, timedelta

from apps.chat.models import RunEvent

KEPT = timedelta(hours=1)


def prune_events(now: datetime) -> int:
    """Delete the events of runs that ended over an hour ago, all but the ending itself; gives how many.

    A run's log quotes documents. Whoever reads it later gets the ending and, from it, the stored answer.
    """
    count, _ = RunEvent.objects.streamed().filter(run__finished_at__lt=now - KEPT).delete()
    return count
