"""Proves that a limit is a limit: 1,000 calls at once from 4 processes get exactly what the buckets hold. One JSON line last on stdout.

`--seeds N` races of each kind, `--late` through a server that answers 0-100 ms late. Two processes charge on event loops,
two from threads. Refill is off, so nothing but the calls moves a level:

- one bucket of K: exactly K calls are allowed;
- several buckets a call: each level afterwards is what the allowed calls left, and each refused call finds a bucket that
  could not pay for it. Levels only fall, so a call that was refused for nothing would show.
"""

import argparse
import asyncio
import json
import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

from apps.common.limits import Bucket, Verdict
from apps.common.limits.limiter import Limiter
from config.embedded import Wanted, scratch_services
from tools.late_server import late_server

PROCESSES = 4
CALLS = 1_000
# Nobody may give up on a late answer here: what was charged would not be known.
PATIENCE_SECONDS = 60.0
KINDS = ("one", "several")


@dataclass(frozen=True)
class Race:
    """One seed's calls, the same wherever they are worked out."""

    kind: str
    seed: int
    calls: int

    def buckets(self) -> list[list[Bucket]]:
        """The buckets of each call."""
        chance = random.Random(f"{self.kind} {self.seed}")
        if self.kind == "one":
            return [[Bucket(f"prove:one:{self.seed}", chance.randint(1, self.calls), 0.0)]] * self.calls
        pool = [Bucket(f"prove:several:{self.seed}:{number}", chance.randint(1, self.calls), 0.0) for number in range(6)]
        return [[replace(one, cost=chance.randint(1, 3)) for one in chance.sample(pool, chance.randint(1, 4))] for _ in range(self.calls)]

    def share(self, process: int) -> list[list[Bucket]]:
        return self.buckets()[process::PROCESSES]


def judge(race: Race, verdicts: Sequence[Verdict], levels: dict[str, int]) -> str:
    """Return what is wrong with the outcome of a race, or nothing."""
    calls = race.buckets()
    allowed = [buckets for buckets, verdict in zip(calls, verdicts, strict=True) if verdict.allowed]
    refused = [buckets for buckets, verdict in zip(calls, verdicts, strict=True) if not verdict.allowed]
    if local := sum(verdict.is_local for verdict in verdicts):
        return f"{local} calls were not decided by the server"
    for bucket in {bucket.key: bucket for buckets in calls for bucket in buckets}.values():
        taken = sum(one.cost for buckets in allowed for one in buckets if one.key == bucket.key)
        if taken + levels[bucket.key] != bucket.capacity:
            return f"{bucket.key}: {taken} taken and {levels[bucket.key]} left of {bucket.capacity}"
    if unfair := sum(all(levels[one.key] >= one.cost for one in buckets) for buckets in refused):
        return f"{unfair} calls were refused that every bucket could have paid for"
    if race.kind == "one" and len(allowed) != min(race.calls, calls[0][0].capacity):
        return f"{len(allowed)} allowed by a bucket of {calls[0][0].capacity}"
    return ""


# --- the racing processes


async def _race_on_a_loop(limiter: Limiter, calls: list[list[Bucket]], barrier: Barrier) -> list[Verdict]:
    start = asyncio.Event()

    async def call(buckets: list[Bucket]) -> Verdict:
        await start.wait()
        return await limiter.acharge(buckets)

    tasks = [asyncio.create_task(call(buckets)) for buckets in calls]
    await asyncio.to_thread(barrier.wait, PATIENCE_SECONDS)
    start.set()
    return await asyncio.gather(*tasks)


def _race_in_threads(limiter: Limiter, calls: list[list[Bucket]], barrier: Barrier) -> list[Verdict]:
    start, verdicts = Event(), dict[int, Verdict]()

    def call(number: int) -> None:
        start.wait()
        verdicts[number] = limiter.charge(calls[number])

    threads = [Thread(target=call, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    barrier.wait(PATIENCE_SECONDS)
    start.set()
    for thread in threads:
        thread.join()
    return [verdicts[number] for number in range(len(calls))]


def _process(number: int, url: str, pipe: Connection, barrier: Barrier) -> None:
    limiter = Limiter(url, timeout=PATIENCE_SECONDS)
    with asyncio.Runner() as loop:
        while (race := pipe.recv()) is not None:
            calls = race.share(number)
            pipe.send(loop.run(_race_on_a_loop(limiter, calls, barrier)) if number % 2 else _race_in_threads(limiter, calls, barrier))


# --- the proof


def prove(seeds: int = 50, late: bool = False, calls: int = CALLS) -> dict[str, Any]:
    """Run the races on services of their own; `failures` says for each one that went wrong what did."""
    started = time.monotonic()
    failures, spread = [], []
    with _server(late) as url, _processes(url) as pipes:
        limiter = Limiter(url, timeout=PATIENCE_SECONDS)
        for race in [Race(kind, seed, calls) for seed in range(seeds) for kind in KINDS]:
            verdicts = _run(race, pipes)
            buckets = {bucket.key: replace(bucket, cost=0) for one in race.buckets() for bucket in one}
            levels = dict(zip(buckets, limiter.charge(list(buckets.values())).remaining, strict=True))
            spread.append(sum(verdict.allowed for verdict in verdicts))
            if wrong := judge(race, verdicts, levels):
                failures.append({"kind": race.kind, "seed": race.seed, "wrong": wrong})
    return {
        "proof": "limits",
        "late": late,
        "seeds": seeds,
        "races": len(spread),
        "calls": len(spread) * calls,
        "allowed": sum(spread),
        "failures": failures,
        "ok": not failures and len(spread) == seeds * len(KINDS) > 0,
        "seconds": round(time.monotonic() - started, 1),
    }


def _run(race: Race, pipes: list[Connection]) -> list[Verdict]:
    for pipe in pipes:
        pipe.send(race)
    verdicts: list[Any] = [None] * race.calls
    for number, pipe in enumerate(pipes):
        verdicts[number::PROCESSES] = pipe.recv()
    return verdicts


@contextmanager
def _server(late: bool) -> Iterator[str]:
    services = scratch_services(Wanted(postgres=False))
    try:
        with ExitStack() as stack:
            url = services.redis_url
            if late:
                socket = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="quire-late-"))) / "s"
                stack.enter_context(late_server(Path(urlsplit(url).path), socket))
                url = f"unix://{socket}?db=0"
            yield url
    finally:
        services.stop()


@contextmanager
def _processes(url: str) -> Iterator[list[Connection]]:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(PROCESSES)
    pairs = [context.Pipe() for _ in range(PROCESSES)]
    processes = [context.Process(target=_process, args=(number, url, pair[1], barrier), daemon=True) for number, pair in enumerate(pairs)]
    for process in processes:
        process.start()
    for _, theirs in pairs:
        theirs.close()
    try:
        yield [ours for ours, _ in pairs]
        for ours, _ in pairs:
            ours.send(None)
        for process in processes:
            process.join(10)
    finally:
        for process in processes:
            process.kill()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=50, help="races of each kind (50)")
    parser.add_argument("--late", action="store_true", help="through a server that answers 0-100 ms late")
    chosen = parser.parse_args()
    result = prove(chosen.seeds, chosen.late)
    print(json.dumps(result))
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
