"""How often a try is made again, and after how long."""

import random

import pytest

from apps.gateway.errors import ProviderBusy, ProviderRefused, ProviderUnavailable, QuotaUsedUp
from apps.gateway.resilience.policy import RetryPolicy
from apps.gateway.resilience.retry_budget import RetryBudget


def distance_to_uniform(delays, most):
    """The Kolmogorov-Smirnov statistic against the uniform distribution from 0 to `most`."""
    ordered, count = sorted(delays), len(delays)
    return max(max(abs((place + 1) / count - delay / most), abs(place / count - delay / most)) for place, delay in enumerate(ordered))


@pytest.mark.parametrize(("tries", "most"), [(1, 0.5), (2, 1.0), (3, 2.0), (5, 8.0), (9, 8.0)])
def test_a_thousand_delays_are_spread_evenly_from_nothing_to_twice_as_much_each_time_but_never_over_eight_seconds(tries, most):
    policy = RetryPolicy(tries=10, chance=random.Random(7).random)
    delays = [policy.delay(ProviderUnavailable(), tries, 600) for _ in range(1000)]
    # 1.63 / sqrt(n): a fair one is farther away once in a hundred times.
    assert distance_to_uniform(delays, most) < 1.63 / 1000**0.5
    assert min(delays) >= 0
    assert max(delays) <= most


def test_half_of_the_range_would_be_noticed():
    assert distance_to_uniform([0.25 + random.Random(7).random() / 4 for _ in range(1000)], 0.5) > 1.63 / 1000**0.5


@pytest.mark.parametrize(
    ("asked", "seconds_left", "delay"),
    [(0, 600, 0), (3, 600, 3), (8, 600, 8), (8.1, 600, None), (3600, 600, None), (3, 3, None), (3, 2, None), (3, 3.1, 3)],
)
def test_what_the_provider_asks_for_is_kept_to_or_not_waited_for_at_all(asked, seconds_left, delay):
    assert RetryPolicy().delay(ProviderBusy(retry_after=asked), 1, seconds_left) == delay


def test_there_are_three_tries_at_most():
    policy = RetryPolicy(chance=lambda: 0.5)
    assert [policy.delay(ProviderUnavailable(), tries, 600) for tries in (1, 2, 3)] == [0.25, 0.5, None]


@pytest.mark.parametrize("error", [ProviderRefused(), QuotaUsedUp()])
def test_what_will_not_pass_is_not_tried_again(error):
    assert RetryPolicy().delay(error, 1, 600) is None


def test_no_delay_reaches_beyond_the_deadline():
    assert RetryPolicy(chance=lambda: 1.0).delay(ProviderUnavailable(), 1, 0.5) is None


def test_a_provider_is_worth_ten_retries_and_one_more_for_ten_calls():
    budget = RetryBudget()
    assert [budget.take() for _ in range(11)] == [True] * 10 + [False]
    for _ in range(9):
        budget.deposit()
    assert not budget.take()
    budget.deposit()
    assert [budget.take() for _ in range(2)] == [True, False]


def test_a_budget_is_never_more_than_full():
    budget = RetryBudget()
    for _ in range(1000):
        budget.deposit()
    assert [budget.take() for _ in range(11)].count(True) == 10
