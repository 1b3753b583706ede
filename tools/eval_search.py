"""`make eval-search`: how good the results are, of every mode on every set; writes the table in docs/quality.md. One JSON line last.

The sets lie beside the checkout (`../shared/data/ir`) and are not ours to keep; where they are not there, nothing is measured. Each
is indexed in services of this run's own, by `manage.py evaluate_search`, and removed again. Which questions are judged is told by
`qrels/dev.tsv`.

`--twice` measures each set again, indexed anew, and ends with 1 where a figure other than a time differs.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from config.embedded.services import scratch_services
from tools.product import ROOT

FOLDER = ROOT.parent / "shared" / "data" / "ir"
PAGE = ROOT / "docs" / "quality.md"
MODES = ("bm25", "dense", "hybrid", "default")
BEGIN, END = "<!-- made by make eval-search -->", "<!-- end -->"
_TIMES = ("p50_ms", "p95_ms")
_COLUMNS = ("passages", "queries", "mode", "ndcg_at_10", "recall_at_100", "mrr_at_10")

# Any: the JSON of one line.
Line = dict[str, Any]


def evaluate(folder: Path, environment: dict[str, str]) -> list[Line]:
    """One set in all modes, indexed once."""
    modes = [part for mode in MODES for part in ("--mode", mode)]
    command = [sys.executable, "manage.py", "evaluate_search", str(folder), *modes]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def evaluate_all(folders: Sequence[Path], *, is_twice: bool) -> tuple[dict[str, list[Line]], list[str]]:
    """Every set, and which of them did not give the same figures again."""
    services = scratch_services()
    inherited = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "QUIRE_OWNER_DATABASE_URL", "REDIS_URL")}
    environment = {**inherited, "QUIRE_VAR": str(services.var), "QUIRE_MODELS_DIR": str(ROOT / "var" / "models"), "QUIRE_LOG_LEVEL": "ERROR"}
    figures: dict[str, list[Line]] = {}
    different = []
    try:
        for folder in folders:
            print(f"── {folder.name}", file=sys.stderr, flush=True)
            figures[folder.name] = evaluate(folder, environment)
            if is_twice and without_times(evaluate(folder, environment)) != without_times(figures[folder.name]):
                different.append(folder.name)
    finally:
        services.stop()
    return figures, different


def without_times(lines: Sequence[Line]) -> list[Line]:
    return [{name: value for name, value in line.items() if name not in _TIMES} for line in lines]


def make_table(figures: dict[str, list[Line]]) -> str:
    rows = ["| set | " + " | ".join(_COLUMNS) + " |", "|---|" + "---|" * len(_COLUMNS)]
    rows += [f"| {name} | " + " | ".join(_shown(line[column]) for column in _COLUMNS) + " |" for name, lines in figures.items() for line in lines]
    return "\n".join(rows)


def _shown(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:,}" if isinstance(value, int) else str(value)


def put_into(page: str, table: str) -> str:
    """Return the page with the table between its two marks. Raises ValueError where it has none."""
    before, begin, rest = page.partition(BEGIN)
    _former, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"docs/quality.md has no place for the table: {BEGIN} and {END}")
    return f"{before}{begin}\n\n{table}\n\n{end}{after}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", action="append", metavar="NAME", help="only this one, and the page stays as it is; may be given again")
    parser.add_argument("--twice", action="store_true", help="measure each again, and compare")
    options = parser.parse_args()
    folders = [path for path in sorted(FOLDER.glob("*")) if (path / "qrels" / "dev.tsv").is_file() and (not options.set or path.name in options.set)]
    if not folders:
        print("The sets in shared/data/ir are not beside this checkout: nothing is measured.")
        print(json.dumps({"skipped": True, "sets": 0}))
        return 0
    figures, different = evaluate_all(folders, is_twice=options.twice)
    table = make_table(figures)
    print(table)
    if not options.set:
        PAGE.write_text(put_into(PAGE.read_text(encoding="utf-8"), table), encoding="utf-8")
    ndcg = {name: {line["mode"]: line["ndcg_at_10"] for line in lines} for name, lines in figures.items()}
    print(json.dumps({"sets": len(figures), "ndcg_at_10": ndcg, **({"is_same_twice": not different, "different": different} if options.twice else {})}))
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
