"""Days and months are the calendar's, in UTC, wherever a moment was read."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from apps.gateway.ledger.windows import renewal_of, start_of

MIDNIGHT = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "now", "start", "renewal"),
    [
        ("day", MIDNIGHT, date(2026, 12, 1), datetime(2026, 12, 2, tzinfo=UTC)),
        ("day", MIDNIGHT - timedelta(microseconds=1), date(2026, 11, 30), MIDNIGHT),
        ("month", MIDNIGHT - timedelta(microseconds=1), date(2026, 11, 1), MIDNIGHT),
        ("month", MIDNIGHT, date(2026, 12, 1), datetime(2027, 1, 1, tzinfo=UTC)),
        ("month", datetime(2028, 2, 29, 12, tzinfo=UTC), date(2028, 2, 1), datetime(2028, 3, 1, tzinfo=UTC)),
        ("month", datetime(2027, 2, 1, tzinfo=UTC), date(2027, 2, 1), datetime(2027, 3, 1, tzinfo=UTC)),
        ("day", datetime(2026, 12, 31, 23, 59, tzinfo=UTC), date(2026, 12, 31), datetime(2027, 1, 1, tzinfo=UTC)),
        # An hour past midnight in Berlin is still the day before.
        ("day", datetime(2026, 12, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))), date(2026, 11, 30), MIDNIGHT),
        ("month", datetime(2026, 11, 30, 23, 0, tzinfo=timezone(timedelta(hours=-5))), date(2026, 12, 1), datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_window_begins_and_renews_with_the_calendar(period, now, start, renewal):
    assert start_of(period, now) == start
    assert renewal_of(period, now) == renewal
