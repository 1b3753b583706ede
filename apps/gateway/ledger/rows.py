"""What became of a call, as rows: one of usage for each try that was billed, and one of the log."""

from decimal import Decimal
from typing import Any

from django.utils import timezone

from apps.gateway.calls import Attempt, Call
from apps.gateway.ledger.pricing import price_of
from apps.gateway.models import QueryLog, UsageRecord


def usages_of(call: Call) -> tuple[UsageRecord, ...]:
    """A row for each try that was billed, at the price of this moment."""
    return tuple(record for number, attempt in enumerate(call.attempts) if (record := _usage(call, number, attempt)) is not None)


def _usage(call: Call, number: int, attempt: Attempt) -> UsageRecord | None:
    if attempt.usage is None:
        return None
    return UsageRecord(
        **_whose(call),
        attempt=number,
        provider=attempt.target.provider,
        model=attempt.target.model,
        input_tokens=attempt.usage.input_tokens,
        output_tokens=attempt.usage.output_tokens,
        is_estimated=attempt.usage.estimated,
        money=price_of(attempt.target, attempt.usage),
    )


def log_of(call: Call) -> QueryLog:
    """The call as operators see it. Never its text."""
    usage, target = call.usage, call.target
    return QueryLog(
        **_whose(call),
        run_id=call.run_id,
        created_at=timezone.now(),
        kind=call.kind.value,
        route=call.route.name,
        provider=target.provider if target else "",
        model=target.model if target else "",
        prompt_version=call.options.prompt_version,
        input_tokens=None if usage is None else usage.input_tokens,
        output_tokens=None if usage is None else usage.output_tokens,
        is_estimated=usage is not None and usage.estimated,
        money=_money(call),
        latency_ms=milliseconds(call, call.clock()) or 0,
        first_ms=milliseconds(call, call.first_at),
        cache=call.cache,
        guards={name: {"count": count, "action": call.acted.get(name, "")} for name, count in call.found.items()},
        attempt_count=len(call.attempts),
        fallback_count=sum(one.target.name != before.target.name for before, one in zip(call.attempts, call.attempts[1:], strict=False)),
        outcome=call.outcome,
    )


# Any: columns of several kinds.
def _whose(call: Call) -> dict[str, Any]:
    who = call.principal
    return {"call_id": call.id, "user_id": who.user_id, "workspace_id": who.workspace_id, "api_key_id": who.api_key_id, "purpose": who.purpose}


def _money(call: Call) -> Decimal | None:
    """The sum of what its rows of usage say; None where one of them has no price."""
    prices = [price_of(attempt.target, attempt.usage) for attempt in call.attempts if attempt.usage is not None]
    known = [price for price in prices if price is not None]
    return sum(known, Decimal(0)) if len(known) == len(prices) else None


def milliseconds(call: Call, moment: float | None) -> int | None:
    """From the beginning of the call to this moment of its clock."""
    return None if moment is None else round((moment - call.started_at) * 1000)
