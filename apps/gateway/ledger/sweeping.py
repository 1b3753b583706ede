"""What dead processes held comes free once its lease ran out. Any process may do it, several at a time too."""

import logging
from datetime import datetime

from apps.gateway.ledger.moving import expire_reservations

logger = logging.getLogger(__name__)

BATCH = 500


def sweep(now: datetime) -> int:
    """Free all leases that ran out before `now`, some at a time; gives how many."""
    total = 0
    while count := expire_reservations(now, BATCH):
        total += count
    if total:
        logger.warning("gateway.reservations_expired", extra={"count": total})
    return total
