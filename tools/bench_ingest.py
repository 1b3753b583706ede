"""`make bench-ingest`: how fast files become passages that can be searched, against the embedder alone. One JSON line last on stdout.

The running product with its embedded model, as `make serve` starts it. Each round has new Markdown files of about 6 KB, made
of the handbook's words. They are taken in while the worker is held; then the clock runs from letting it go until the last
of them is published. After it the very texts that the round embedded go through the embedder alone, in another process: so
both are measured within seconds of each other. Medians over the rounds.

With `--grow` the same at 1,000, 10,000 and 100,000 passages in the table, and in its vector index.
"""

import argparse
import json
import os
import random
import re
import signal
import statistics
import sys
from typing import Any

from tools.ingestion.family import Watch, find_workers
from tools.ingestion.scene import Scene, running_scene
from tools.product import ROOT

FILES = 48
FILE_BYTES = 6 * 1024
ROUNDS = 7
GROWN_ROUNDS = 3
SIZES = (1_000, 10_000, 100_000)
_SECONDS = 900.0


def make_files(number: int, count: int) -> list[tuple[str, str]]:
    """Names and texts of one round: paragraphs of the handbook's sentences under headings, no two files alike."""
    pages = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs" / "handbook").glob("*.md")))
    sentences = [one.strip() for one in re.split(r"(?<=[.!?])\s+", re.sub(r"[#*`|>\[\]()-]+", " ", pages)) if 20 < len(one.strip()) < 300]
    files = []
    for file in range(count):
        chance = random.Random(f"{number}/{file}")
        parts = [f"# Notes {number}.{file}"]
        while sum(map(len, parts)) < FILE_BYTES:
            parts += [
                f"## {' '.join(chance.choice(sentences).split()[:6])}",
                " ".join(chance.choices(sentences, k=6)),
                " ".join(chance.choices(sentences, k=5)),
            ]
        files.append((f"notes {number}.{file}.md", "\n\n".join(parts)))
    return files


def measure_round(scene: Scene, number: int, count: int) -> dict[str, float]:
    """One round: what the pipeline took, and what the embedder alone took for the same texts."""
    files = make_files(number, count)
    # An idle worker lets go of the model: what is measured is how fast files go through, not how fast the first one starts.
    scene.hand.do("add_texts", files=make_files(-number - 1, 1))
    scene.wait_for_all(_SECONDS)
    parent = find_workers(scene.product.pid).parent
    os.kill(parent, signal.SIGSTOP)
    try:
        scene.hand.do("add_texts", files=files)
        begun = scene.hand.do("now")["at"]
    finally:
        os.kill(parent, signal.SIGCONT)
    scene.wait_for_all(_SECONDS)
    names = [name for name, _text in files]
    seconds = scene.hand.do("last_end", names=names)["at"] - begun
    alone = scene.hand.do("embed_alone", names=names)
    size = sum(len(text.encode()) for _name, text in files)
    figures = {
        "documents_per_s": count / seconds,
        "kb_per_s": size / 1024 / seconds,
        "tokens_per_s": alone["tokens"] / seconds,
        "embedder_tokens_per_s": alone["tokens"] / alone["seconds"],
        "embedder_ratio": alone["seconds"] / seconds,
        "passages": alone["passages"],
    }
    print(
        f"round {number}: {seconds:.2f} s, alone {alone['seconds']:.2f} s, {json.dumps({name: round(value, 2) for name, value in figures.items()})}",
        file=sys.stderr,
    )
    return figures


def measure_rounds(scene: Scene, first: int, rounds: int, count: int) -> dict[str, float]:
    measured = [measure_round(scene, first + number, count) for number in range(rounds)]
    return {name: statistics.median(one[name] for one in measured) for name in measured[0]}


def measure(rounds: int, count: int, grows: bool) -> dict[str, Any]:
    with running_scene() as scene:
        measure_round(scene, 0, count)  # what is loaded with the first files
        watch = Watch(find_workers(scene.product.pid).parent)
        watch.start()
        figures = measure_rounds(scene, 1, rounds, count)
        watch.stop()
        grown = [_measure_grown(scene, place, size, count) for place, size in enumerate(SIZES)] if grows else []
    shown = {name: round(value, 3 if name == "embedder_ratio" else 1) for name, value in figures.items()}
    memory = {"peak_rss_mb": round(watch.peak_rss_mb), "peak_pss_mb": round(watch.peak_pss_mb)}
    return {**shown, **memory, "files": count, "rounds": rounds, **({"grown": grown} if grows else {})}


def _measure_grown(scene: Scene, place: int, size: int, count: int) -> dict[str, float]:
    made = scene.hand.do("grow", passages=size)
    print(f"{made['passages']} passages, indexed in {made['seconds']:.0f} s", file=sys.stderr, flush=True)
    figures = measure_rounds(scene, 1000 * (place + 1), GROWN_ROUNDS, count)
    kept = ("documents_per_s", "tokens_per_s", "embedder_ratio")
    return {"passages": made["passages"], **{name: round(figures[name], 3) for name in kept}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grow", action="store_true", help="how the rate moves with the size of the index, too; takes minutes")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--files", type=int, default=FILES)
    options = parser.parse_args()
    print(json.dumps(measure(options.rounds, options.files, options.grow)))


if __name__ == "__main__":
    main()
