"""Somebody's thousands of files do not hold up another's one: its time beside them, against its time alone."""

import statistics
import sys
import time
from typing import Any

from tests.documents.hostile.good import WORDS
from tools.ingestion.scene import Scene, Uploader, running_scene
from tools.session import Session

LIMIT = 2.0
ALONE_TIMES = 7
BESIDE_TIMES = 9
_PASSWORD = "a long enough passphrase"
_PARAGRAPHS = 6
_SECONDS = 600.0


def make_note(number: int, who: str) -> bytes:
    """A small Markdown file like no other."""
    body = "\n\n".join(f"## Part {part}\n\n{who} writes note {number}, part {part}. {WORDS} {WORDS}" for part in range(_PARAGRAPHS))
    return f"# Note {number} of {who}\n\n{body}\n".encode()


def prove_fair(files: int) -> dict[str, Any]:
    with running_scene() as scene:
        other = _colleague(scene)
        _time_one(scene, other, 0)  # whatever is loaded with the first file
        alone = [_time_one(scene, other, number) for number in range(1, ALONE_TIMES + 1)]
        queued = _send_many(scene, files)
        beside, still = [], queued
        for number in range(BESIDE_TIMES):
            beside.append(_time_one(scene, other, 100 + number))
            still = scene.hand.do("unfinished")["count"]
            if not still:
                break
        scene.hand.do("clear")
    ratio = statistics.median(beside) / statistics.median(alone)
    problems = [f"the single file took {ratio:.2f} times as long"] if ratio > LIMIT else []
    problems += ["the others were done before it was measured"] if not still and len(beside) < 3 else []
    return {
        "files": files,
        "queued": queued,
        "queued_at_the_end": still,
        "alone_ms": round(statistics.median(alone) * 1000),
        "beside_ms": round(statistics.median(beside) * 1000),
        "worst_beside_ms": round(max(beside) * 1000),
        "ratio": round(ratio, 2),
        "problems": problems,
    }


def _colleague(scene: Scene) -> Uploader:
    """Another member of the same workspace."""
    made = scene.hand.do("colleague", email="colleague@quire.example", password=_PASSWORD)
    uploader = Uploader.__new__(Uploader)
    uploader.session = Session(scene.product.url)
    uploader.session.sign_in(made["email"], _PASSWORD)
    return uploader


def _time_one(scene: Scene, uploader: Uploader, number: int) -> float:
    """From the first byte sent until it can be searched, as the row tells: to ask all the time takes a core from what is measured."""
    name = f"single {number}.md"
    begun = time.time()
    document = uploader.add(name, make_note(number, "Colleague"))
    uploader.wait(document, _SECONDS, pause=0.25)
    ended: float = scene.hand.do("last_end", names=[name])["at"]
    return ended - begun


def _send_many(scene: Scene, files: int) -> int:
    """Put all of them into the queue first, as the one who drops a folder does; reading goes on meanwhile."""
    scene.hand.do("add_many", count=files)
    queued = scene.hand.do("unfinished")["count"]
    print(f"{files} sent, {queued} of them wait", file=sys.stderr, flush=True)
    return int(queued)
