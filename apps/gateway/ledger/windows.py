"""Which calendar day or month (UTC) a moment falls into, and when the next one begins. Pure; nobody's clock is asked."""

from datetime import UTC, date, datetime, timedelta

DAY = "day"


def start_of(period: str, now: datetime) -> date:
    today = now.astimezone(UTC).date()
    return today if period == DAY else today.replace(day=1)


def renewal_of(period: str, now: datetime) -> datetime:
    start = start_of(period, now)
    # From the first of a month 31 days lead into the next one, whatever its length.
    following = start + timedelta(days=1) if period == DAY else (start + timedelta(days=31)).replace(day=1)
    return datetime(following.year, following.month, following.day, tzinfo=UTC)
