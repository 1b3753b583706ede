"""How much: what a call may cost at most is held in each budget that counts for it, or it is refused."""

from collections.abc import Sequence
from contextlib import aclosing

from django.utils import timezone

from apps.gateway.calls import Call, Flow, Follow
from apps.gateway.catalogue import BudgetInfo
from apps.gateway.ledger.admission import reserve
from apps.gateway.ledger.pricing import estimate_need, is_uncounted, keep_priced


def budgeted(call: Call, follow: Follow) -> Flow:
    """Raises BudgetExceeded or ModelWithoutPrice. What is held comes free when `recorded` hands the call to the ledger."""
    budgets = () if is_uncounted(call) else call.catalogue.budgets_of(call.principal)
    return _budgeted(call, follow, budgets) if budgets else follow(call)


async def _budgeted(call: Call, follow: Follow, budgets: Sequence[BudgetInfo]) -> Flow:
    if any(budget.money is not None for budget in budgets):
        call.route = keep_priced(call.route)
    need = estimate_need(call)
    await reserve(call.id, budgets, need.money, need.tokens, timezone.now())
    call.is_reserved = True
    async with aclosing(follow(call)) as flow:
        async for item in flow:
            yield item
