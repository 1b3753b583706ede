"""The words of a refusal: whose budget, and when there is more. Of a group's and a workspace's no numbers: they tell what others spend."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from apps.gateway.catalogue import BudgetInfo
from apps.gateway.errors import BudgetExceeded
from apps.gateway.ledger.windows import renewal_of

_WHOSE = {"user": "Your", "api_key": "This key's", "group": "Your group's", "workspace": "The workspace's"}
_OWN = frozenset({"user", "api_key"})


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A budget that does not suffice, with what of it is left; None: it has no such limit."""

    budget: BudgetInfo
    money_left: Decimal | None
    tokens_left: int | None


def refuse(shortfalls: list[Shortfall], money: Decimal, tokens: int, now: datetime) -> BudgetExceeded:
    """The error for a call of this size. Of several budgets it names the one that renews last: before that the others do not help."""
    shortfall = max(shortfalls, key=lambda one: renewal_of(one.budget.period, now))
    budget, renews_at = shortfall.budget, renewal_of(shortfall.budget.period, now)
    words = [
        f"{_WHOSE[budget.subject]} budget for this {budget.period} does not suffice for this call{_left(shortfall)}.",
        f"It renews on {renews_at.day} {renews_at:%B %Y, %H:%M} UTC.",
    ]
    if _is_too_large(budget, money, tokens):
        words.append("The call may take more than the whole budget: ask for a shorter answer.")
    return BudgetExceeded(" ".join(words), renews_at=renews_at.isoformat(), subject=budget.subject, period=budget.period)


def _left(shortfall: Shortfall) -> str:
    if shortfall.budget.subject not in _OWN:
        return ""
    parts = []
    if shortfall.money_left is not None:
        left = max(Decimal(0), shortfall.money_left).quantize(Decimal("0.0001"), ROUND_DOWN)
        parts.append(f"{left.normalize():f} in money")
    if shortfall.tokens_left is not None:
        parts.append(f"{max(0, shortfall.tokens_left)} tokens")
    return f"; of it {' and '.join(parts)} are left"


def _is_too_large(budget: BudgetInfo, money: Decimal, tokens: int) -> bool:
    return (budget.money is not None and money > budget.money) or (budget.tokens is not None and tokens > budget.tokens)
