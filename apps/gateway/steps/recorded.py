"""What it cost, and how it went: whatever becomes of a call, the ledger, the log of calls and one line of the log hear of it once.

Not of vectors that the embedded model made for a question: they are free, there are many a second, and nobody could find anything
among them. Their failures are written, and so are the batches of a whole document.
"""

import logging
from contextlib import aclosing

from apps.common.errors import QuireError
from apps.gateway.calls import ANSWERED, STOPPED, Call, Flow, Follow, Kind
from apps.gateway.ledger.pricing import is_uncounted
from apps.gateway.ledger.rows import log_of, milliseconds, usages_of
from apps.gateway.ledger.settling import Settlement, settle
from apps.gateway.types import Chunk

logger = logging.getLogger(__name__)


async def recorded(call: Call, follow: Follow) -> Flow:
    """Outermost: also refusals, a reader who leaves and a task that is cancelled are written down."""
    try:
        async with aclosing(follow(call)) as flow:
            async for item in flow:
                if call.first_at is None:
                    call.first_at = call.clock()
                if _is_last(item):
                    # Whoever has this one may leave without asking for more.
                    call.outcome = ANSWERED
                yield item
        call.outcome = ANSWERED
    except QuireError as error:
        call.outcome = error.code
        raise
    except Exception:
        call.outcome = QuireError.code
        raise
    finally:
        _write(call)


def _is_last(item: object) -> bool:
    return not isinstance(item, Chunk) or item.finish_reason is not None


def _write(call: Call) -> None:
    is_worth_a_row = call.kind is Kind.BULK_EMBEDDING or call.outcome not in {ANSWERED, STOPPED} or not is_uncounted(call)
    if is_worth_a_row:
        settle(Settlement(call.id, call.is_reserved, usages_of(call), log_of(call)))
    usage = call.usage
    extra = {
        "call_id": str(call.id),
        "kind": call.kind.value,
        "route": call.route.name,
        "model": call.target.name if call.target else "",
        "purpose": call.principal.purpose,
        "workspace_id": call.principal.workspace_id,
        "outcome": call.outcome,
        "cache": call.cache,
        "attempt_count": len(call.attempts),
        "first_ms": milliseconds(call, call.first_at),
        "total_ms": milliseconds(call, call.clock()),
        "input_tokens": usage and usage.input_tokens,
        "output_tokens": usage and usage.output_tokens,
    }
    logger.log(logging.INFO if call.kind is Kind.CHAT else logging.DEBUG, "gateway.completed", extra=extra)
