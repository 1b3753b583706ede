"""How often, and how many tokens: every bucket that counts for the call is charged in one go, or none of them."""

import asyncio
from contextlib import aclosing

from apps.accounts.limits import By, Charged, alimit_call, asettle_tokens, owed_tokens
from apps.common.limits import Bucket
from apps.common.per_loop import PerLoop
from apps.gateway.calls import Call, Flow, Follow
from apps.gateway.estimating import estimate_input, estimate_output
from apps.gateway.targets import FREE

SETTLE_SECONDS = 0.05


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
    """Later and for many calls at once: nobody waits for it, and one that is cancelled has no time left."""
    usage = call.usage
    _owing().add(owed_tokens(charged, usage.input_tokens + usage.output_tokens if usage else 0))


class _Owing:
    """What the calls of one event loop owe their buckets, put right together."""

    def __init__(self) -> None:
        self._owed: list[Bucket] = []
        self._task: asyncio.Task[None] | None = None

    def add(self, buckets: list[Bucket]) -> None:
        self._owed += buckets
        if self._owed and self._task is None:
            self._task = asyncio.create_task(self._settle())

    async def _settle(self) -> None:
        try:
            while self._owed:
                await asyncio.sleep(SETTLE_SECONDS)
                owed, self._owed = self._owed, []
                await asettle_tokens(owed)
        finally:
            self._task = None


_owing = PerLoop(_Owing)
