"""How often, and how many tokens: every bucket that counts for the call is charged in one go, or none of them."""

import asyncio
from contextlib import aclosing

from apps.accounts.limits import By, Charged, alimit_call, asettle_tokens
from apps.gateway.calls import Call, Flow, Follow
from apps.gateway.estimating import estimate_input, estimate_output
from apps.gateway.targets import FREE

# Settling goes on when the call is over; the loop by itself would let it be collected.
_settling: set["asyncio.Task[None]"] = set()


def limited(call: Call, follow: Follow) -> Flow:
    """Raise LimitExceeded, or go on and give back what was not used. Texts for a model that costs nothing are not counted here: whoever
    searches was counted for that."""
    is_free = not call.messages and all(target.price == FREE for target in call.route.targets)
    return follow(call) if is_free else _limited(call, follow)


async def _limited(call: Call, follow: Follow) -> Flow:
    call.charged = await alimit_call(_names(call), tokens=estimate_input(call) + estimate_output(call), is_request=call.is_request)
    try:
        async with aclosing(follow(call)) as flow:
            async for item in flow:
                yield item
    finally:
        _settle(call, call.charged)


def _names(call: Call) -> dict[By, str]:
    who = call.principal
    return {
        By.PERSON: who.user_id or "",
        By.KEY: who.api_key_id or "",
        By.WORKSPACE: who.workspace_id or "",
        By.MODEL: call.route.name,
        By.INSTALLATION: "all",
    }


def _settle(call: Call, charged: Charged) -> None:
    """In a task of its own: a call that is cancelled has no time left, and one that is answered should not wait."""
    usage = call.usage
    task = asyncio.create_task(asettle_tokens(charged, usage.input_tokens + usage.output_tokens if usage else 0))
    _settling.add(task)
    task.add_done_callback(_settling.discard)
