"""What a person's own calls of models came to."""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal

from django.db.models import Count, Sum
from django.utils import timezone

from apps.accounts.types import Reader
from apps.gateway.ledger.windows import start_of
from apps.gateway.models import Period, UsageRecord


@dataclass(frozen=True, slots=True)
class ModelUsage:
    """Of one model in this calendar month (UTC). `money` None: it has no price."""

    model: str
    call_count: int
    input_tokens: int
    output_tokens: int
    money: Decimal | None


def list_own_usage(reader: Reader) -> list[ModelUsage]:
    """By model, the one that took most first."""
    month = datetime.combine(start_of(Period.MONTH, timezone.now()), time.min, UTC)
    records = UsageRecord.objects.visible_to(reader).filter(created_at__gte=month)
    sums = records.values("model").annotate(calls=Count("call_id", distinct=True), read=Sum("input_tokens"), wrote=Sum("output_tokens"), cost=Sum("money"))
    rows = [ModelUsage(row["model"], row["calls"], row["read"], row["wrote"], row["cost"]) for row in sums]
    return sorted(rows, key=lambda row: row.input_tokens + row.output_tokens, reverse=True)
