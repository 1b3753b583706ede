"""A model that answers 503 to everything: each client is told soon, the model is hardly asked, and answers again once it is well."""

import asyncio
import random
import time
from typing import Any

from tools.gateway.client import Order, Outcome, chat, prompt, run_all
from tools.gateway.ledger import CALLERS
from tools.gateway.scene import Scene, running_scene

CALLS_MAX = 1.1
P99_SECONDS = 2.0
RECOVERY_SECONDS = 75.0


def prove_outage(count: int) -> dict[str, Any]:
    with running_scene() as scene:
        return go_down(scene, count)


def go_down(scene: Scene, count: int, *, callers: int = CALLERS, waits_for_recovery: bool = True) -> dict[str, Any]:
    scene.upstream.reset()
    scene.upstream.set_defaults(status=503)
    orders = [Order(scene.address.request(chat(prompt(number, random.Random(number)), stream=number % 2 == 0))) for number in range(count)]
    outcomes = asyncio.run(run_all(scene.address, orders, callers))
    asked = len(scene.upstream.ledger())
    scene.upstream.set_defaults()
    recovery = _recover(scene) if waits_for_recovery else 0.0
    return judge(outcomes, asked, recovery)


def judge(outcomes: list[Outcome], asked: int, recovery: float) -> dict[str, Any]:
    ratio = asked / len(outcomes)
    p99 = sorted(outcome.seconds for outcome in outcomes)[int(len(outcomes) * 0.99)]
    odd = [outcome for outcome in outcomes if outcome.status != 503]
    problems = [f"{ratio:.2f} upstream calls a client call"] if ratio > CALLS_MAX else []
    problems += [f"{len(odd)} calls were not answered with 503 but with {odd[0].status} {odd[0].ending}"] if odd else []
    problems += [f"not well {RECOVERY_SECONDS:.0f} s after the model was"] if recovery > RECOVERY_SECONDS else []
    figures = {"calls": len(outcomes), "upstream_calls": asked, "ratio": round(ratio, 3), "p99_ms": round(p99 * 1000), "recovery_s": round(recovery, 1)}
    return {**figures, "problems": problems}


def _recover(scene: Scene) -> float:
    """How long until a call is answered again."""
    begun = time.monotonic()
    number = 1_000_000
    while (passed := time.monotonic() - begun) <= RECOVERY_SECONDS:
        number += 1
        order = Order(scene.address.request(chat(prompt(number, random.Random(number)), stream=False)))
        if asyncio.run(run_all(scene.address, [order], 1))[0].ending == "done":
            break
        time.sleep(0.5)
    return passed
