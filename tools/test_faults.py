"""`make test-faults`: that an answer survives what can happen while it is written. A table, and one JSON line last; exit code 1 where anything is lost.

Real processes, a scripted model over HTTP, pages that read along over the socket. At the end of each fault the text is the script's, no number came
twice, none is missing within an attempt, and each run ended once. `--repeats 10`, `--fault kill_web --fault cut_client` takes some.
"""

import argparse
import json
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tools.faults.blows import BLOWS, Blow
from tools.faults.reader import PageReader
from tools.faults.scene import Scene, running_scene


@dataclass
class Tally:
    """What became of one fault, however often it was done."""

    repeats: int = 0
    survived: int = 0
    lost: int = 0
    doubled: int = 0
    runs: int = 0
    attempts: int = 0
    # From the blow to the first event of the attempt that took over.
    takeovers: list[float] = field(default_factory=list)
    # From the blow to the last ending.
    seconds: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def do_faults(scene: Scene, repeats: int, blows: Mapping[str, Blow]) -> dict[str, Tally]:
    """Each in turn, again and again: so a process has time between its deaths."""
    tallies = {name: Tally() for name in blows}
    for number in range(repeats):
        for name, blow in blows.items():
            _do(scene, name, blow, tallies[name])
            last = tallies[name]
            print(f"{name} {number + 1}: {last.seconds[-1]:.1f} s {last.problems[-3:] or ''}", file=sys.stderr, flush=True)
    return tallies


def _do(scene: Scene, name: str, blow: Blow, tally: Tally) -> None:
    tally.repeats += 1
    readers = blow(scene)
    begun = time.monotonic()
    for reader in readers:
        reader.join()
    tally.seconds.append(time.monotonic() - begun)
    problems = [problem for reader in readers for problem in judge(scene, reader)]
    if name.startswith("kill_agents"):
        problems += [problem for reader in readers for problem in judge_take_over(scene, reader, is_answering=name.endswith("answer"))]
        tally.takeovers += [reader.attempts[2] - begun for reader in readers if 2 in reader.attempts]
    if left := scene.runs_left():
        problems.append(f"{left} runs have no end")
    tally.runs += len(readers)
    tally.attempts += sum(len(reader.attempts) for reader in readers)
    tally.doubled += sum(len(reader.doubled) for reader in readers)
    tally.lost += len(problems) - sum(problem.startswith("doubled") for problem in problems)
    tally.survived += not problems
    tally.problems += problems


def judge(scene: Scene, reader: PageReader) -> list[str]:
    """What is wrong with what a page got to see, and with what is stored."""
    if not reader.ending:
        return [f"{reader.run_id} has no end: {len(reader.seen)} events, {reader.trouble}"]
    problems = [f"doubled: {reader.doubled}"] if reader.doubled else []
    problems += [f"missing: {reader.gaps}"] if reader.gaps else []
    if reader.ending["type"] != "run.completed":
        problems.append(f"ended as {reader.ending}")
        return problems
    if reader.is_whole and reader.text.strip() != scene.expected:
        problems.append(f"the page shows {reader.text!r}")
    if (stored := scene.answer_of(reader.run_id)) != scene.expected:
        problems.append(f"stored is {stored!r}")
    if (endings := scene.endings_of(reader.run_id)) != 1:
        problems.append(f"{endings} endings")
    return problems


def judge_take_over(scene: Scene, reader: PageReader, *, is_answering: bool) -> list[str]:
    """Whether another attempt went on with the run, and asked for no answer that was there already."""
    # Of one that died at once nothing need have been heard.
    problems = [] if max(reader.attempts, default=0) == 2 else [f"attempts {sorted(reader.attempts)} were seen"]
    if (asked := scene.answers_asked_of(reader.run_id)) > 1 + is_answering:
        problems.append(f"the answer was asked for {asked} times")
    return problems


def table(tallies: Mapping[str, Tally]) -> str:
    rows = [("fault", "repeats", "survived", "runs", "attempts", "lost", "doubled", "longest s")]
    rows += [
        (name, *map(str, (one.repeats, one.survived, one.runs, one.attempts, one.lost, one.doubled)), f"{max(one.seconds, default=0):.1f}")
        for name, one in tallies.items()
    ]
    return "\n".join(f"{row[0]:26}" + "".join(f"{cell:>10}" for cell in row[1:]) for row in rows)


def summary(tallies: Mapping[str, Tally]) -> dict[str, Any]:
    def total(name: str) -> int:
        return sum(getattr(one, name) for one in tallies.values())

    takeovers = sorted(seconds for one in tallies.values() for seconds in one.takeovers)
    p95 = round(takeovers[min(len(takeovers) - 1, int(len(takeovers) * 0.95))], 1) if takeovers else None
    counts = {name: total(name) for name in ("repeats", "survived", "lost", "doubled")}
    return {
        "faults": len(tallies),
        **counts,
        "takeover_p95_s": p95,
        "problems": [f"{name}: {one}" for name, tally in tallies.items() for one in tally.problems],
    }


def chosen(names: Collection[str]) -> dict[str, Blow]:
    return {name: blow for name, blow in BLOWS.items() if not names or name in names}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--fault", action="append", choices=list(BLOWS), default=[], help="only this one; may be given again")
    parser.add_argument("--streams", type=int, default=0, help="answers that are written at once; 0: as many as suit the fault")
    options = parser.parse_args(arguments)
    with running_scene(streams=options.streams) as scene:
        tallies = do_faults(scene, options.repeats, chosen(options.fault))
    print(table(tallies), file=sys.stderr)
    said = summary(tallies)
    print(json.dumps(said))
    return 1 if said["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
