"""What one run may use up, looked at between its steps: what a step takes too much is known only after it."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from apps.chat.errors import RunMoneySpent, RunTokensSpent
from apps.gateway.types import Usage

# What so many tokens in and out cost; None where nobody knows.
PriceOf = Callable[[int, int], Decimal | None]


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens of all calls of a model so far."""

    input_tokens: int = 0
    output_tokens: int = 0

    def plus(self, usage: Usage | None) -> "Spent":
        return self if usage is None else Spent(self.input_tokens + usage.input_tokens, self.output_tokens + usage.output_tokens)

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


def _nobody_knows(input_tokens: int, output_tokens: int) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Limits:
    """`rounds` of tools, `tool_chars` that these give back altogether; `tokens` 0 and `money` None are no limit."""

    rounds: int = 4
    tool_chars: int = 60_000
    tokens: int = 0
    money: Decimal | None = None
    price_of: PriceOf = _nobody_knows

    def require_more(self, spent: Spent) -> None:
        """Raise RunTokensSpent or RunMoneySpent where no further call of a model may be made."""
        if self.tokens and spent.tokens >= self.tokens:
            raise RunTokensSpent(f"This answer used {spent.tokens:,} tokens of the {self.tokens:,} that one may use, and was ended. Ask a narrower question.")
        if self.money is None:
            return
        cost = self.price_of(spent.input_tokens, spent.output_tokens)
        if cost is None:
            raise RunMoneySpent("What one answer may cost is limited, and what this model costs is not known. Ask an operator to give it a price.")
        if spent.tokens and cost >= self.money:
            raise RunMoneySpent("This answer cost as much as one may, and was ended. Ask a narrower question.")
