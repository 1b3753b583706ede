"""`make bench-gateway`: what Quire's door adds to a model call, and how many calls it lets through; one JSON line last on stdout.

The same load goes to a scripted upstream (64 tokens, no delay) directly and through Quire, by turns, so that what else the machine does hits both.
Identity, limits, budgets, guards, caches, audit and the log are on, and every prompt is another one.

Another gateway under the same load: start `python -m tools.gateway.upstream --port 9100`, point the gateway at http://127.0.0.1:9100/v1, then
`UPSTREAM=http://127.0.0.1:9100/v1 TARGET=http://127.0.0.1:4000/v1 KEY=... MODEL=first PID=... make bench-gateway`. PID is for memory and CPU time.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.bench_memory import read_memory
from tools.gateway.client import Address
from tools.gateway.scene import UpstreamProcess, running_scene, running_upstream
from tools.product import ROOT

MANY = 50
WARM_UP_SECONDS = 4.0
GOALS = {"added_p50_ms": 6.0, "requests_per_s_50": 150.0, "streams_per_s_50": 60.0, "rss_mb": 250.0}


@dataclass(frozen=True)
class Bench:
    """What is measured: the way straight to the model, the way through the door, and the process that is the door (0: unknown)."""

    direct: Address
    through: Address
    pid: int
    is_quire: bool

    def run(self, rounds: int, seconds: float) -> dict[str, Any]:
        for stream in (False, True):
            load(self.through, MANY, WARM_UP_SECONDS, stream=stream)
            load(self.through, 1, 1.0, stream=stream)
        found = [self._round(number, seconds) for number in range(rounds)]
        medians = {name: round(statistics.median(one[name] for one in found), 2) for name in found[0]}
        return {**medians, **self._memory(), "rounds": rounds}

    def _round(self, number: int, seconds: float) -> dict[str, float]:
        told: dict[str, float] = {}
        for stream in (False, True):
            mark = "stream_" if stream else ""
            for callers in (1, MANY):
                direct = load(self.direct, callers, seconds / 2, stream=stream, seed=number)
                before = cpu_ms(self.pid)
                through = load(self.through, callers, seconds, stream=stream, seed=number + 1000)
                cpu = (cpu_ms(self.pid) - before) / max(1, through["answered"])
                if callers == 1:
                    told |= {f"{mark}added_{at}": through[at] - direct[at] for at in ("p50_ms", "p99_ms", "first_p50_ms")}
                    told |= {f"{mark}direct_p50_ms": direct["p50_ms"], f"{mark}cpu_ms": cpu}
                else:
                    what = "streams" if stream else "requests"
                    told |= {f"{what}_per_s_50": through["per_s"], f"direct_{what}_per_s_50": direct["per_s"], f"{mark}p99_ms_50": through["p99_ms"]}
                    told |= {f"{mark}cpu_ms_50": cpu}
        if self.is_quire:
            before, floor = cpu_ms(self.pid), load(self.through, MANY, seconds / 2, floor=True)
            told |= {"floor_requests_per_s_50": floor["per_s"], "floor_cpu_ms_50": (cpu_ms(self.pid) - before) / floor["answered"]}
        print(json.dumps(told), file=sys.stderr, flush=True)
        return told

    def _memory(self) -> dict[str, float]:
        if not self.pid:
            return {}
        pss, rss = read_memory(self.pid)
        return {"rss_mb": round(rss, 1), "pss_mb": round(pss, 1)}


def load(address: Address, callers: int, seconds: float, *, stream: bool = False, floor: bool = False, seed: int = 0) -> dict[str, Any]:
    """Run the load as a process of its own. Raises RuntimeError where a call was not answered in full: a failure costs less than an answer."""
    command = [sys.executable, "-m", "tools.gateway.load", "--url", address.base_url, "--key", address.key, "--model", address.model]
    command += ["--callers", str(callers), "--seconds", str(seconds), "--seed", str(seed), *(["--stream"] * stream), *(["--floor"] * floor)]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    result: dict[str, Any] = json.loads(said)
    if result["failed"] or not result["answered"]:
        raise RuntimeError(f"{result['failed']} of the calls to {address.base_url} failed: {result['failure']}")
    return result


def cpu_ms(pid: int) -> float:
    """What a process used of the processors so far, its children's not."""
    if not pid:
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


@contextmanager
def bench() -> Iterator[Bench]:
    target, upstream = os.environ.get("TARGET", ""), os.environ.get("UPSTREAM", "")
    if target:
        with running_upstream() as own:
            direct = UpstreamProcess(upstream).address if upstream else own.address
            through = Address(target.rstrip("/"), os.environ.get("KEY", ""), os.environ.get("MODEL", "first"))
            yield Bench(direct, through, int(os.environ.get("PID", "0")), is_quire=False)
        return
    with running_scene(upstream=upstream) as scene:
        yield Bench(scene.upstream.address, scene.address, scene.web_pid(), is_quire=True)


def missed(result: dict[str, Any]) -> list[str]:
    """Goals that were not met: a lower number is better where it is milliseconds or megabytes."""
    return [name for name, goal in GOALS.items() if (result[name] < goal if name.endswith("_per_s_50") else result[name] > goal)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each load through the door; half of it directly")
    options = parser.parse_args()
    with bench() as chosen:
        result = chosen.run(options.rounds, options.seconds)
        failures = missed(result) if chosen.is_quire else []
    for name in failures:
        print(f"{name} is {result[name]}, the goal is {GOALS[name]}", file=sys.stderr)
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
