"""Each fault several times while documents are read: all end, and what can be searched is what an undisturbed run makes.

A dead worker's lease runs for a minute. So that this takes no day, the time is moved on in the rows of the jobs, once things
stand still; `blows.py` has the faults.
"""

import sys
import time
from functools import partial
from typing import Any

from tests.documents.hostile.good import WORDS, good
from tools.ingestion.blows import BLOWS, MissedMoment
from tools.ingestion.book import make_book
from tools.ingestion.fair import make_note
from tools.ingestion.scene import Scene, running_scene

# Longer than a lease and than the time after which a hint is given again.
_LEASE_SECONDS = 65.0
_STILL_SECONDS = 12.0
_PATIENCE_SECONDS = 300.0
_TRIES = 4
# A process that is killed takes the file it reads with it, where nobody else can say what the file is to blame for.
_MAY_FAIL = {"kill_reader"}


def make_files() -> dict[str, bytes]:
    """The longest first: it is the one that is disturbed."""
    notes = {f"note {number}.md": make_note(number, "Faults") for number in range(6)}
    long_text = "\n\n".join(f"{WORDS} This is paragraph {number}." for number in range(200)).encode()
    return {"book.pdf": make_book(60), "long.txt": long_text, "page.docx": good(".docx"), "sheet.xlsx": good(".xlsx"), **notes}


def prove_faults(times: int, only: str = "") -> dict[str, Any]:
    chosen = [name for name in BLOWS if only in name]
    files = make_files()
    with running_scene() as scene:
        send = partial(_send, scene, files)
        documents = send()
        scene.wait_for_all(_PATIENCE_SECONDS)
        wanted = [scene.hand.do("fingerprint", document=document) for document in documents]
        scene.hand.do("clear")
        results = {name: _prove(scene, name, times, send, wanted) for name in chosen}
    problems = [problem for result in results.values() for problem in result["problems"]]
    return {"times": times, "faults": {name: {**result, "problems": len(result["problems"])} for name, result in results.items()}, "problems": problems}


def _send(scene: Scene, files: dict[str, bytes]) -> list[str]:
    return [scene.uploader.add(name, data) for name, data in files.items()]


def _prove(scene: Scene, name: str, times: int, send: Any, wanted: list[dict[str, Any]]) -> dict[str, Any]:
    problems: list[str] = []
    struck, ready, failed, longest = 0, 0, 0, 0.0
    for number in range(times):
        begun = time.monotonic()
        try:
            documents = _strike(scene, name, send)
        except RuntimeError as error:
            problems.append(f"{name} {number + 1}: {error}")
            _clear(scene)
            continue
        struck += 1
        said = _wait(scene)
        longest = max(longest, time.monotonic() - begun)
        ends = scene.hand.do("outcomes")
        mine = [ends.get(document, {"state": "gone", "code": "", "detail": ""}) for document in documents]
        ready += sum(end["state"] == "ready" for end in mine)
        failed += sum(end["state"] == "failed" for end in mine)
        found = [*said, *_compare(scene, name, documents, mine, wanted), *scene.hand.do("leftovers")["problems"]]
        problems += [f"{name} {number + 1}: {problem}" for problem in found]
        print(f"{name} {number + 1}: {time.monotonic() - begun:.0f} s {found or ''}", file=sys.stderr, flush=True)
        scene.hand.do("clear")
    return {"struck": struck, "ready": ready, "failed": failed, "longest_s": round(longest), "problems": problems}


def _strike(scene: Scene, name: str, send: Any) -> list[str]:
    for _ in range(_TRIES):
        try:
            return BLOWS[name](scene, send)
        except MissedMoment as missed:
            print(f"{name}: missed, {missed}", file=sys.stderr, flush=True)
            _clear(scene)
    raise RuntimeError(f"its moment was missed {_TRIES} times")


def _clear(scene: Scene) -> None:
    scene.hand.do("let_go")
    _wait(scene)
    scene.hand.do("clear")


def _wait(scene: Scene) -> list[str]:
    """Until nothing waits. Where nothing moves, time is moved."""
    deadline, moved, last, since = time.monotonic() + _PATIENCE_SECONDS, 0, "", time.monotonic()
    while (left := scene.hand.do("unfinished"))["count"]:
        now = time.monotonic()
        if now > deadline:
            return [f"no end after {_PATIENCE_SECONDS:.0f} s: {left}"]
        stand = str([left, scene.hand.do("progress")])
        if stand != last:
            last, since = stand, now
        elif now - since > _STILL_SECONDS and moved < 4:
            moved, since = moved + 1, now
            scene.hand.do("pass_time", seconds=_LEASE_SECONDS)
        time.sleep(0.2)
    return []


def _compare(scene: Scene, name: str, documents: list[str], ends: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> list[str]:
    problems = []
    for number, (document, end, right) in enumerate(zip(documents, ends, wanted, strict=True)):
        if end["state"] == "failed" and end["detail"] and name in _MAY_FAIL:
            continue
        if end["state"] != "ready":
            problems.append(f"document {number} is {end['state']} {end['code']}")
            continue
        found = scene.hand.do("fingerprint", document=document)
        if found != right:
            problems.append(f"document {number} is {found}, undisturbed {right}")
    return problems
