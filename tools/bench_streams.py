"""`make bench-streams`: many answers at once, from the model's token to the reader's socket; one JSON line last on stdout.

A scripted model writes into each token when it wrote it (one machine, one clock). 200 runs of 100 tokens, one each 100 ms, go through one web and
one agents process; then the same with tokens that come quicker, until the slowest twentieth takes more than 250 ms. 2,000 sockets that follow
nothing are held beside, before anything is asked.
"""

import argparse
import asyncio
import json
import os
import re
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tools.bench_memory import command_of, family, read_memory
from tools.gateway.client import Address, Order, run_all
from tools.gateway.scene import Scene, running_scene
from tools.session import Session

RUNS, TOKENS, DELAY_MS = 200, 100, 100
IDLE_SOCKETS = 2_000
GOAL_MS = 250.0
# Milliseconds between two tokens of a run: each next one is a step quicker.
PACES = (DELAY_MS, 70, 50, 35, 25)
ENDINGS = {"run.completed", "run.failed", "run.cancelled"}
QUESTION = "How do I stop Quire?"
ACK_SECONDS = 0.5
ASKERS, CONNECTORS = 20, 50
_STAMP = re.compile(r"\d{4,}\.\d")


@dataclass
class Heard:
    """What one reader's socket brought."""

    delays_ms: list[float] = field(default_factory=list)
    count: int = 0
    ending: str = ""
    gaps: int = 0


@dataclass
class Visitor:
    """A signed-in browser."""

    url: str
    cookies: str

    def open(self) -> Any:
        address = self.url.replace("http", "ws", 1) + "/ws/"
        return connect(address, additional_headers={"Cookie": self.cookies, "Origin": self.url}, max_queue=None, ping_interval=None, open_timeout=60)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--tokens", type=int, default=TOKENS)
    parser.add_argument("--idle", type=int, default=IDLE_SOCKETS)
    parser.add_argument("--paces", type=lambda said: [int(one) for one in said.split(",")], default=list(PACES))
    options = parser.parse_args()
    with running_scene({"QUIRE_AGENTS_CONCURRENCY": str(options.runs)}) as scene:
        figures = asyncio.run(measure(scene, options))
    print(json.dumps(figures))
    return 0 if figures["lost"] == 0 and (figures["token_delay_p95_ms"] or GOAL_MS) < GOAL_MS else 1


async def measure(scene: Scene, options: argparse.Namespace) -> dict[str, Any]:
    session = Session(scene.product.url)
    session.sign_in(scene.product.email, scene.product.password)
    visitor = Visitor(scene.product.url, "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies))
    idle = await hold_idle(scene, visitor, options.idle)
    rounds = []
    for pace in options.paces:
        rounds.append(await stream(scene, visitor, options.runs, options.tokens, pace))
        print(json.dumps(rounds[-1]), file=sys.stderr, flush=True)
        if rounds[-1]["p95_ms"] > GOAL_MS:
            break
    good = [one["tokens_per_s"] for one in rounds if one["p95_ms"] <= GOAL_MS]
    return {
        "token_delay_p95_ms": rounds[0]["p95_ms"],
        "token_delay_p50_ms": rounds[0]["p50_ms"],
        "max_tokens_per_s": max(good, default=0),
        "lost": sum(one["lost"] for one in rounds),
        "web_rss_mb": round(read_memory(pid_of(scene, "-m daphne"))[1], 1),
        "agents_rss_mb": round(read_memory(pid_of(scene, "run_agents"))[1], 1),
        **idle,
        "rounds": rounds,
    }


async def hold_idle(scene: Scene, visitor: Visitor, count: int) -> dict[str, Any]:
    """Open so many sockets that follow nothing, see what each costs, and let them go."""
    before = read_memory(pid_of(scene, "-m daphne"))[1]
    gate = asyncio.Semaphore(CONNECTORS)

    async def open_one() -> ClientConnection:
        async with gate:
            socket: ClientConnection = await visitor.open()
            await socket.send('{"type": "ping"}')
            await socket.recv()
            return socket

    sockets = await asyncio.gather(*(open_one() for _ in range(count)))
    after = read_memory(pid_of(scene, "-m daphne"))[1]
    await asyncio.gather(*(socket.close() for socket in sockets))
    return {"idle_sockets": count, "kb_per_idle_socket": round((after - before) * 1024 / max(1, count), 1)}


async def stream(scene: Scene, visitor: Visitor, runs: int, tokens: int, pace_ms: int) -> dict[str, Any]:
    scene.upstream.set_defaults(tokens=tokens, delay=pace_ms, stamp=1)
    asked_at, cpu = time.monotonic(), cpu_seconds(scene)
    ids = await ask(scene, runs)
    heard = await asyncio.gather(*(read_along(visitor, run_id) for run_id in ids))
    seconds = time.monotonic() - asked_at
    delays = sorted(delay for one in heard for delay in one.delays_ms)
    return {
        "pace_ms": pace_ms,
        "tokens_per_s": round(runs * 1000 / pace_ms),
        "p50_ms": round(delays[len(delays) // 2], 1),
        "p95_ms": round(delays[int(len(delays) * 0.95)], 1),
        "worst_ms": round(delays[-1], 1),
        "lost": runs * tokens - sum(one.count for one in heard) + sum(one.gaps for one in heard),
        "unfinished": sum(one.ending != "run.completed" for one in heard),
        "seconds": round(seconds, 1),
        **{f"{name}_cpu_s": round(now - before, 1) for (name, before), now in zip(cpu.items(), cpu_seconds(scene).values(), strict=True)},
    }


async def ask(scene: Scene, count: int) -> list[str]:
    address = Address(f"{scene.product.url}/api/v1", scene.address.key)
    orders = [Order(address.request({"question": QUESTION}, "/runs")) for _ in range(count)]
    outcomes = await run_all(address, orders, ASKERS)
    return [json.loads(outcome.body)["id"] for outcome in outcomes]


async def read_along(visitor: Visitor, run_id: str) -> Heard:
    heard, seq, acked_at = Heard(), 0, time.monotonic()
    async with visitor.open() as socket:
        await socket.send(json.dumps({"type": "subscribe", "topic": "run", "id": run_id, "after": 0}))
        while not heard.ending:
            event = json.loads(await asyncio.wait_for(socket.recv(), 120))
            now = time.monotonic() * 1000
            if event["type"] == "error":
                raise RuntimeError(f"{run_id}: {event}")
            heard.gaps += bool(seq) and event["seq"] != seq + 1
            seq = event["seq"]
            if event["type"] == "text.delta":
                stamps = [float(moment) for moment in _STAMP.findall(event["text"])]
                heard.delays_ms += [now - moment for moment in stamps]
                heard.count += len(stamps)
            elif event["type"] in ENDINGS:
                heard.ending = event["type"]
            if now / 1000 - acked_at > ACK_SECONDS:
                acked_at = now / 1000
                await socket.send(json.dumps({"type": "ack", "run": run_id, "seq": seq}))
    return heard


def cpu_seconds(scene: Scene) -> dict[str, float]:
    return {"web": cpu_of(pid_of(scene, "-m daphne")), "agents": cpu_of(pid_of(scene, "run_agents")), "reader": time.process_time()}


def cpu_of(pid: int) -> float:
    """Seconds of processor time that it took so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pid_of(scene: Scene, part: str) -> int:
    return next(pid for pid in family(scene.product.pid) if part in command_of(pid))


if __name__ == "__main__":
    sys.exit(main())
