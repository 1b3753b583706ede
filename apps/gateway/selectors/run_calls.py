"""What a run of the agent asked of models, as whoever asked may see it."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from apps.accounts.types import Reader
from apps.gateway.models import QueryLog

_CALLS_MAX = 200


@dataclass(frozen=True, slots=True)
class RunCall:
    """One call. `money` None: the model has no price. `guards` says what they did and how often, by guard and rule."""

    purpose: str
    kind: str
    model: str
    prompt_version: str
    input_tokens: int | None
    output_tokens: int | None
    is_estimated: bool
    money: Decimal | None
    cache: str
    attempt_count: int
    fallback_count: int
    outcome: str
    latency_ms: int
    first_ms: int | None
    guards: dict[str, dict[str, object]]


def list_run_calls(reader: Reader, run_id: UUID) -> list[RunCall]:
    """The reader's own calls for this run, in the order in which they ended: none of somebody else's, and none that the log does not keep any more."""
    rows = QueryLog.objects.visible_to(reader).filter(run_id=run_id)
    return [RunCall(**row) for row in rows.order_by("id").values(*RunCall.__dataclass_fields__)[:_CALLS_MAX]]
