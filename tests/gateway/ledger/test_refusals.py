"""A refusal says whose budget it was and when there is more, and of others' money nothing."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from apps.gateway.catalogue import BudgetInfo
from apps.gateway.ledger.refusals import Shortfall, refuse

NOW = datetime(2026, 11, 30, 14, 0, tzinfo=UTC)
RENEWS = "It renews on 1 December 2026, 00:00 UTC."


def shortfall(subject="user", period="month", money="5", tokens=None, money_left="0.12345678", tokens_left=None):
    budget = BudgetInfo(1, subject, "some-id", period, money and Decimal(money), tokens)
    return Shortfall(budget, money_left and Decimal(money_left), tokens_left)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (shortfall(), f"Your budget for this month does not suffice for this call; of it 0.1234 in money are left. {RENEWS}"),
        (shortfall("api_key", "day"), f"This key's budget for this day does not suffice for this call; of it 0.1234 in money are left. {RENEWS}"),
        (shortfall("group"), f"Your group's budget for this month does not suffice for this call. {RENEWS}"),
        (shortfall("workspace"), f"The workspace's budget for this month does not suffice for this call. {RENEWS}"),
        (shortfall(money_left="-3"), f"Your budget for this month does not suffice for this call; of it 0 in money are left. {RENEWS}"),
        (shortfall(money_left="100", money="1000"), f"Your budget for this month does not suffice for this call; of it 100 in money are left. {RENEWS}"),
        (
            shortfall(tokens=500, tokens_left=7),
            f"Your budget for this month does not suffice for this call; of it 0.1234 in money and 7 tokens are left. {RENEWS}",
        ),
        (
            shortfall(money=None, money_left=None, tokens=20, tokens_left=-7),
            f"Your budget for this month does not suffice for this call; of it 0 tokens are left. {RENEWS} "
            "The call may take more than the whole budget: ask for a shorter answer.",
        ),
        (
            shortfall("workspace", money="1", money_left="1"),
            f"The workspace's budget for this month does not suffice for this call. {RENEWS} "
            "The call may take more than the whole budget: ask for a shorter answer.",
        ),
    ],
)
def test_the_words(found, words):
    error = refuse([found], Decimal(2), 21, NOW)
    assert error.detail == words
    assert (error.status, error.code) == (402, "insufficient_quota")
    assert error.extra["renews_at"] == "2026-12-01T00:00:00+00:00"
    assert "some-id" not in str(error.extra)


def test_of_several_it_names_the_one_that_is_empty_longest():
    now = datetime(2026, 11, 5, tzinfo=UTC)
    error = refuse([shortfall("user", "day"), shortfall("workspace", "month"), shortfall("group", "day")], Decimal(1), 1, now)
    assert error.detail.startswith("The workspace's budget for this month")
    assert error.extra == {"renews_at": "2026-12-01T00:00:00+00:00", "subject": "workspace", "period": "month"}
