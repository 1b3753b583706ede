"""A book of a thousand pages: memory stays bounded, and its reader sees how far it is all the way."""

import io
import random
import sys
import time
from typing import Any

from tests.documents.hostile.good import WORDS
from tools.ingestion.family import Watch, find_workers
from tools.ingestion.scene import running_scene

LIMIT_MB = 600
# So many different numbers have to be seen on the way.
SEEN_MIN = 15
_LINES = 42
_SECONDS = 3600.0


def make_book(pages: int) -> bytes:
    """A PDF with a full page of words on each page, no two alike."""
    from reportlab.pdfgen.canvas import Canvas

    chance, words, out = random.Random(pages), WORDS.replace(".", "").replace(",", "").lower().split(), io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for page in range(pages):
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(60, 790, f"Chapter {page // 20 + 1}, page {page + 1}")
        canvas.setFont("Helvetica", 10)
        for line in range(_LINES):
            canvas.drawString(60, 760 - 17 * line, " ".join(chance.choices(words, k=12)).capitalize() + f" {page}.{line}.")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def prove_book(pages: int) -> dict[str, Any]:
    data = make_book(pages)
    with running_scene() as scene:
        scene.uploader.wait(scene.uploader.add("small.pdf", make_book(2)), 120)
        watch = Watch(find_workers(scene.product.pid).parent)
        watch.start()
        begun = time.monotonic()
        document = scene.uploader.add("book.pdf", data)
        seen: list[tuple[str, int, int]] = []
        while (state := scene.uploader.state(document))["state"] == "processing":
            job = scene.hand.do("job", document=document)
            now = (state["step"] or "", state["percent"], job.get("pages_done", 0))
            if not seen or seen[-1] != now:
                seen.append(now)
                print(f"{time.monotonic() - begun:7.1f} s  {now}  {watch.peak_pss_mb:.0f} MB", file=sys.stderr, flush=True)
            if time.monotonic() - begun > _SECONDS:
                raise RuntimeError(f"no end after {_SECONDS:.0f} s: {state}")
            time.sleep(0.25)
        seconds = time.monotonic() - begun
        watch.stop()
        facts = scene.hand.do("fingerprint", document=document)
        leftovers = scene.hand.do("leftovers")["problems"]
    return {
        "pages": pages,
        "mb": round(len(data) / 1e6, 1),
        "seconds": round(seconds),
        "passages": facts["passages"],
        "peak_pss_mb": round(watch.peak_pss_mb),
        "peak_rss_mb": round(watch.peak_rss_mb),
        "percents_seen": len({percent for _step, percent, _pages in seen}),
        "pages_seen": len({pages_done for _step, _percent, pages_done in seen}),
        "problems": [*_problems(state, seen, watch, pages), *leftovers],
    }


def _problems(state: dict[str, Any], seen: list[tuple[str, int, int]], watch: Watch, pages: int) -> list[str]:
    percents = [percent for _step, percent, _pages in seen]
    problems = [f"it ended {state['state']}: {state['error']}"] if state["state"] != "ready" else []
    if state["pages"] != pages:
        problems.append(f"{state['pages']} pages")
    if watch.peak_pss_mb > LIMIT_MB:
        problems.append(f"{watch.peak_pss_mb:.0f} MB in the worker and its children")
    if len(set(percents)) < SEEN_MIN:
        problems.append(f"only {len(set(percents))} different percents were seen")
    if percents != sorted(percents):
        problems.append("the percent went back")
    return problems
