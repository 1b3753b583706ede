"""The load, as a process of its own: so many callers for so many seconds, every prompt another one. One JSON line on stdout.

`python -m tools.gateway.load --url http://127.0.0.1:8000/v1 --key K --model first --callers 50 --seconds 5 --stream`
"""

import argparse
import asyncio
import gc
import json
import random
import statistics
import sys
import time
from dataclasses import dataclass
from typing import Any

from tools.gateway.client import Address, Caller, Order, Outcome, chat, prompt
from tools.gateway.script import LAST

FLOOR = "/health/live"


@dataclass(frozen=True)
class Load:
    """So many callers for so long. `floor` asks for what costs the server least, to see what its frame alone allows."""

    callers: int
    seconds: float
    stream: bool = False
    floor: bool = False
    seed: int = 0


async def run(address: Address, load: Load) -> dict[str, Any]:
    """What came of calling for so long; latencies are those of calls that were answered in full."""
    deadline = time.perf_counter() + load.seconds
    outcomes: list[Outcome] = []
    chance = random.Random(load.seed)
    number = 0

    async def work() -> None:
        nonlocal number
        caller = Caller(address)
        while time.perf_counter() < deadline:
            number += 1
            request = address.look(FLOOR) if load.floor else address.request(chat(prompt(number, chance), stream=load.stream))
            outcomes.append(await caller.call(Order(request)))
        caller.close()

    gc.freeze()
    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(load.callers)))
    return told(outcomes, time.perf_counter() - started, b"" if load.floor else LAST.strip().encode())


def told(outcomes: list[Outcome], seconds: float, last: bytes) -> dict[str, Any]:
    """`last` is what an answer has in it that is whole."""
    good, bad = [], []
    for outcome in outcomes:
        (good if outcome.ending == "done" and last in outcome.body else bad).append(outcome)
    times = sorted(outcome.seconds * 1000 for outcome in good)
    firsts = sorted(outcome.first_seconds * 1000 for outcome in good)
    return {
        "answered": len(good),
        "failed": len(bad),
        "failure": f"{bad[0].status} {bad[0].ending} {bad[0].body[:300]!r}" if bad else "",
        "per_s": round(len(good) / seconds, 1),
        "p50_ms": _at(times, 0.5),
        "p99_ms": _at(times, 0.99),
        "first_p50_ms": _at(firsts, 0.5),
        "mean_ms": round(statistics.fmean(times), 3) if times else 0.0,
    }


def _at(values: list[float], share: float) -> float:
    return round(values[min(len(values) - 1, int(len(values) * share))], 3) if values else 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--url", required=True, help="up to and with /v1")
    parser.add_argument("--key", default="")
    parser.add_argument("--model", default="first")
    parser.add_argument("--callers", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--stream", action="store_true")
    parser.add_argument("--floor", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    address = Address(chosen.url, chosen.key, chosen.model)
    result = asyncio.run(run(address, Load(chosen.callers, chosen.seconds, chosen.stream, chosen.floor, chosen.seed)))
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
