"""Everything that shows that no file hurts another and nothing is lost. One JSON line last on stdout; exit code 1 where anything fails.

`--part corpus --part faults` takes some of it; `--short` a sample of each. Each part has a product of its own.
"""

import argparse
import json
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

from tools.ingestion.book import prove_book
from tools.ingestion.corpus import prove_corpus
from tools.ingestion.fair import prove_fair
from tools.ingestion.faults import prove_faults
from tools.ingestion.real import prove_real

SHORT_CORPUS = 60
FILES, SHORT_FILES = 5000, 300
TIMES, SHORT_TIMES = 5, 1
PAGES, SHORT_PAGES = 1000, 100


def parts(options: argparse.Namespace) -> dict[str, Callable[[], dict[str, Any]]]:
    short = options.short
    files = options.files or (SHORT_FILES if short else FILES)
    times = options.times or (SHORT_TIMES if short else TIMES)
    return {
        "corpus": lambda: prove_corpus(SHORT_CORPUS if short else None, options.only),
        "real": prove_real,
        "faults": lambda: prove_faults(times, options.only),
        "fair": lambda: prove_fair(files),
        "book": lambda: prove_book(SHORT_PAGES if short else PAGES),
    }


def run_part(name: str, prove: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What the part found, and whether that is all right."""
    print(f"── {name}", file=sys.stderr, flush=True)
    started = time.monotonic()
    try:
        found = prove()
    except Exception:  # noqa: BLE001  # a part that cannot be run is a part that failed; the others are run
        traceback.print_exc()
        found = {"problems": ["the part could not be run to its end"]}
    for problem in found["problems"]:
        print(f"   {problem}", file=sys.stderr, flush=True)
    return {"passed": not found["problems"], "seconds": round(time.monotonic() - started), **found}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", action="append", choices=["corpus", "real", "faults", "fair", "book"], help="only this one; may be given again")
    parser.add_argument("--short", action="store_true", help="a sample of each part")
    parser.add_argument("--files", type=int, default=0, help="how many files the other person has, in `fair`")
    parser.add_argument("--times", type=int, default=0, help="how often each fault is made")
    parser.add_argument("--only", default="", help="only hostile files, or faults, whose name has this in it")
    options = parser.parse_args()
    chosen = {name: prove for name, prove in parts(options).items() if not options.part or name in options.part}
    results = {name: run_part(name, prove) for name, prove in chosen.items()}
    is_proven = all(result["passed"] for result in results.values())
    print(json.dumps({"passed": is_proven, "seconds": sum(result["seconds"] for result in results.values()), "parts": results}))
    return 0 if is_proven else 1


if __name__ == "__main__":
    sys.exit(main())
