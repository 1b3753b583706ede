"""What a call is expected to cost, and what may be asked where money is counted: a model whose price nobody knows is never free."""

from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal

from apps.gateway.calls import Call, Kind
from apps.gateway.errors import ModelWithoutPrice
from apps.gateway.estimating import estimate_input, estimate_output
from apps.gateway.targets import FREE, RouteInfo, Target
from apps.gateway.types import Usage

# What the ledger counts in.
SMALLEST = Decimal("0.000000001")
# More than any budget: nobody's number makes the ledger's columns overflow.
_MOST_TOKENS = 10**12
_MOST_MONEY = Decimal(10**10)


@dataclass(frozen=True, slots=True)
class Need:
    money: Decimal
    tokens: int


def estimate_need(call: Call) -> Need:
    """What one try at the dearest of the route's models should come to. An answer that nobody bounded may be longer than most are."""
    input_tokens, output_tokens = estimate_input(call), min(estimate_output(call), _MOST_TOKENS)
    dearest = max((target.price.of(input_tokens, output_tokens) for target in call.route.targets if target.price), default=Decimal(0))
    return Need(min(dearest, _MOST_MONEY).quantize(SMALLEST, ROUND_CEILING), input_tokens + output_tokens)


def price_of(target: Target, usage: Usage) -> Decimal | None:
    """What was billed, in the ledger's smallest unit; None where nobody knows."""
    return target.price.of(usage.input_tokens, usage.output_tokens).quantize(SMALLEST, ROUND_HALF_EVEN) if target.price else None


def keep_priced(route: RouteInfo) -> RouteInfo:
    """The route without the models that have no price. Raises ModelWithoutPrice where none is left."""
    priced = tuple(target for target in route.targets if target.price is not None)
    if not priced:
        raise ModelWithoutPrice(
            f"A budget in money counts for you, and what {route.name} costs is not known. Ask an operator to give it a price, or choose another model."
        )
    return route if len(priced) == len(route.targets) else replace(route, targets=priced)


def is_uncounted(call: Call) -> bool:
    """Whether it is arithmetic of the house: vectors by the embedded model, free and many a second. Budgets do not ask about it."""
    return call.kind is not Kind.CHAT and bool(call.route.targets) and all(target.is_embedded and target.price == FREE for target in call.route.targets)
