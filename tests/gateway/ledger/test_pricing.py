"""What a call may cost, exactly; and a price that nobody knows is never 0."""

from decimal import Decimal

import pytest

from apps.gateway.calls import Kind
from apps.gateway.errors import ModelWithoutPrice
from apps.gateway.ledger.pricing import estimate_need, is_uncounted, keep_priced, price_of
from apps.gateway.targets import Price, RouteInfo, Target
from apps.gateway.types import Usage
from tests.gateway.ledger.calls import CHEAP, EMBEDDED, EXTRACTIVE, PRICED, UNPRICED, make_call


def test_the_dearest_model_of_the_route_is_reckoned_with():
    need = estimate_need(make_call(CHEAP, PRICED, UNPRICED))
    assert (need.money, need.tokens) == (Decimal("0.001015000"), 106)


def test_where_nobody_bounds_the_answer_the_usual_length_is_reckoned_with():
    assert estimate_need(make_call(CHEAP, parameters={"temperature": 0})).tokens == 6 + 1024


def test_only_models_without_a_price_cost_tokens_alone():
    assert estimate_need(make_call(UNPRICED)).money == 0


def test_the_estimate_is_rounded_up_and_the_bill_to_the_nearest():
    tiny = Target("acme", "tiny", "openai-compatible", price=Price(Decimal("0.000100"), Decimal("0.000100")))
    assert estimate_need(make_call(tiny)).money == Decimal("0.000000011")
    assert price_of(tiny, Usage(6, 100, estimated=False)) == Decimal("0.000000011")
    assert price_of(tiny, Usage(4, 100, estimated=False)) == Decimal("0.000000010")
    assert price_of(UNPRICED, Usage(4, 100, estimated=False)) is None
    assert price_of(EMBEDDED, Usage(4, 100, estimated=False)) == 0


def test_numbers_beyond_any_budget_stay_within_the_columns():
    dear = Target("acme", "dear", "openai-compatible", price=Price(Decimal(99_999_999), Decimal(99_999_999)))
    need = estimate_need(make_call(dear, parameters={"max_tokens": 10**30}))
    assert need.money == 10**10
    assert need.tokens == 10**12 + 6


def test_a_route_is_narrowed_to_the_models_with_a_price():
    route = RouteInfo("route", "chat", (UNPRICED, PRICED, EXTRACTIVE), workspaces=frozenset({"a"}), is_default=True)
    assert keep_priced(route) == RouteInfo("route", "chat", (PRICED, EXTRACTIVE), workspaces=frozenset({"a"}), is_default=True)
    priced = RouteInfo("route", "chat", (PRICED,))
    assert keep_priced(priced) is priced


def test_a_route_without_any_price_is_refused():
    with pytest.raises(ModelWithoutPrice, match="what route costs is not known") as refusal:
        keep_priced(RouteInfo("route", "chat", (UNPRICED,)))
    assert (refusal.value.status, refusal.value.code) == (403, "model_without_price")


@pytest.mark.parametrize(
    ("kind", "targets", "expected"),
    [
        (Kind.EMBEDDING, (EMBEDDED,), True),
        (Kind.BULK_EMBEDDING, (EMBEDDED,), True),
        (Kind.EMBEDDING, (EMBEDDED, CHEAP), False),
        (Kind.EMBEDDING, (CHEAP,), False),
        (Kind.RERANK, (UNPRICED,), False),
        (Kind.CHAT, (EXTRACTIVE,), False),
    ],
)
def test_only_free_vectors_of_the_house_are_not_counted(kind, targets, expected):
    assert is_uncounted(make_call(*targets, kind=kind)) is expected
