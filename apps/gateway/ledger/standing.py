"""What is left of the budgets that count for a reader, for their page and the API."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from apps.accounts.types import Reader
from apps.gateway.ledger.windows import renewal_of
from apps.gateway.models import Budget
from apps.gateway.selectors.budgets import with_present_window

N = TypeVar("N", int, Decimal)


@dataclass(frozen=True, slots=True)
class Amount(Generic[N]):
    """Money or tokens. `reserved` is held by calls that are under way."""

    cap: N
    spent: N
    reserved: N

    @property
    def left(self) -> N:
        rest = self.cap - self.spent - self.reserved
        return max(rest, rest * 0)

    @property
    def percent_left(self) -> int:
        """Rounded down, so that 0 is shown when there is next to nothing."""
        return int(self.left * 100 / self.cap) if self.cap else 0


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget in its present day or month. None: it has no such limit."""

    label: str
    period: str
    money: Amount[Decimal] | None
    tokens: Amount[int] | None
    renews_at: datetime


def what_is_left(reader: Reader, now: datetime) -> list[Standing]:
    """Each budget that counts for the reader's own calls, with what of it is spent, held and left."""
    budgets = Budget.objects.visible_to(reader).filter(is_enabled=True).select_related("group").order_by("id")
    return [_standing(budget, now) for budget in with_present_window(budgets, now)]


# Any: a budget with its window's annotations.
def _standing(budget: Any, now: datetime) -> Standing:
    return Standing(
        label=_label(budget),
        period=budget.period,
        money=None if budget.money is None else Amount(budget.money, budget.spent_money, budget.reserved_money),
        tokens=None if budget.tokens is None else Amount(budget.tokens, budget.spent_tokens, budget.reserved_tokens),
        renews_at=renewal_of(budget.period, now),
    )


def _label(budget: Budget) -> str:
    if budget.group is not None:
        return f"Group {budget.group.name}"
    if budget.user_id is not None:
        return "Yours"
    return "This key" if budget.api_key_id is not None else "Workspace"
