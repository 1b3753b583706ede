"""The whole hostile corpus through the running product: nobody dies, nothing is left, everybody hears how it ended."""

import json
import os
import socket
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.documents.hostile.corpus import SEED, make_corpus, sample
from tests.documents.hostile.good import WORDS, good
from tests.documents.hostile.shapes import Hostile, Lures
from tools.ingestion.family import find_workers
from tools.ingestion.scene import Scene, Sent, running_scene

_SECRET = "the canary of the proof sings"
_LISTENERS = 2
# A bomb may burn a minute before it is stopped; two are read at once.
SECONDS_A_FILE = 70.0
# Celery ends nobody, and the fork server does not end, whatever is read.
_GOOD_EVERY = 50


@dataclass
class Trap:
    """A server on this machine that counts who comes, and a file that nobody should read."""

    visitors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._listen, daemon=True).start()
        handle, name = tempfile.mkstemp(prefix="quire-canary-")
        with os.fdopen(handle, "w") as file:
            file.write(_SECRET)
        self.file = Path(name)
        self.lures = Lures(f"http://127.0.0.1:{self._socket.getsockname()[1]}/lure", name)

    def _listen(self) -> None:
        while True:
            try:
                visitor, address = self._socket.accept()
            except OSError:
                return
            self.visitors.append(str(address))
            visitor.close()

    def end(self) -> None:
        self._socket.close()
        self.file.unlink(missing_ok=True)


def prove_corpus(count: int | None = None, only: str = "") -> dict[str, Any]:
    """Upload all of it (or a sample of `count`), wait for the end, and look at what there is."""
    trap = Trap()
    try:
        corpus = [hostile for hostile in make_corpus(SEED, trap.lures) if only in hostile.id]
        chosen = sample(corpus, count) if count else corpus
        with running_scene({"QUIRE_LOG_LEVEL": "INFO"}) as scene:
            return _prove(scene, chosen, trap)
    finally:
        trap.end()


def _prove(scene: Scene, corpus: Sequence[Hostile], trap: Trap) -> dict[str, Any]:
    begun = time.monotonic()
    scene.uploader.wait(scene.uploader.add("before.docx", good(".docx")), 120)
    before = find_workers(scene.product.pid)
    sent = [_send(scene, number, hostile) for number, hostile in enumerate(corpus)]
    scene.wait_for_all(300 + SECONDS_A_FILE * len(corpus) / 2)
    after = find_workers(scene.product.pid)
    last = scene.uploader.wait(scene.uploader.add("after.txt", f"{WORDS} Read after all of them.".encode()), 120)
    ends = scene.hand.do("outcomes")
    rows = [(hostile, one, _end_of(one, ends)) for hostile, one in zip(corpus, sent, strict=True)]
    problems = [*_bad_ends(rows), *scene.hand.do("leftovers")["problems"], *_bad_processes(before, after, scene.product.log())]
    problems += [f"the good file after them is {last['state']}"] if last["state"] != "ready" else []
    problems += [f"somebody called at the trap {len(trap.visitors)} times"] if trap.visitors else []
    problems += ["a passage holds what the file was not to read"] if scene.hand.do("contains", text=_SECRET)["count"] else []
    slowest = scene.hand.do("slowest", count=10)["jobs"]
    _show(rows, slowest)
    return {
        "files": len(corpus),
        "seconds": round(time.monotonic() - begun),
        "ends": dict(Counter(end for _hostile, _sent, end in rows)),
        "slowest": slowest[:5],
        "problems": problems,
    }


def _send(scene: Scene, number: int, hostile: Hostile) -> Sent:
    sent = scene.uploader.send(hostile.name, hostile.make())
    if number % _GOOD_EVERY == 0:
        print(f"{number} sent", file=sys.stderr, flush=True)
    return sent


def _end_of(sent: Sent, ends: dict[str, Any]) -> str:
    """In one word: `ready`, the code of a refusal, or what should not be."""
    if sent.document:
        document = ends.get(sent.document, {"state": "gone", "code": ""})
        return str(document["code"] or document["state"])
    return str(sent.body.get("reason") or sent.body.get("code") or f"status {sent.status}")


def _bad_ends(rows: Sequence[tuple[Hostile, Sent, str]]) -> list[str]:
    problems = []
    for hostile, sent, end in rows:
        if sent.status >= 500 or not sent.body:
            problems.append(f"{hostile.id}: status {sent.status}")
        elif end in {"processing", "gone", "internal", "crashed", "missing"}:
            problems.append(f"{hostile.id}: {end}")
        elif hostile.ends and end not in hostile.ends:
            problems.append(f"{hostile.id}: {end}, not one of {', '.join(sorted(hostile.ends))}")
    return problems


def _bad_processes(before: Any, after: Any, log: str) -> list[str]:
    problems = [
        f"process {pid} of the worker ended" for pid in sorted({before.parent, *before.pool, before.server} - {after.parent, *after.pool, after.server} - {0})
    ]
    dead = ("WorkerLostError", "starting it anew", "reader.server_gone", "Traceback (most recent call last)", "ingest.crashed")
    problems += [f"the log says {word!r} {log.count(word)} times" for word in dead if word in log]
    problems += [f"a reader of process {pid} is left" for pid in after.readers]
    return problems


def _show(rows: Sequence[tuple[Hostile, Sent, str]], slowest: Sequence[Any]) -> None:
    families: dict[str, Counter[str]] = defaultdict(Counter)
    for hostile, _sent, end in rows:
        families[hostile.family][end] += 1
    for family, ends in sorted(families.items()):
        print(f"{family:12} {sum(ends.values()):4}  {', '.join(f'{end} {count}' for end, count in ends.most_common())}", file=sys.stderr)
    for name, state, code, seconds in slowest:
        print(f"{seconds:8.1f} s  {state} {code}  {json.dumps(name)[:80]}", file=sys.stderr, flush=True)
