"""`make bench-search [N=10000,100000,1000000]`: how quick and how exact search is in a library of so many passages; one JSON line an N.

Each N has services of its own, as the product starts them, and a workspace of N passages with one of 1,000 beside it. Texts and
vectors are made up, but lie as real ones do (tools/searching/corpus.py); somebody asks who sees about four fifths of them. The
clock runs from question to hits, the question's embedding included, by the product's own `search`. Recall is of its leg of meaning
against a comparison with every vector, in all that the reader sees, and in the hundredth of it that has a tag.

`--plans` tells what Postgres does for one of the questions, on stderr.
"""

import argparse
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from config.embedded.folders import socket_folder
from config.embedded.postgres import Postgres
from config.embedded.services import ensure_services, scratch_services
from tools.product import ROOT

if TYPE_CHECKING:
    from tools.searching.corpus import Corpus

SIZES = "10000,100000,1000000"
SMALL = 1_000
QUERIES = 200
WORKSPACES = ("large", "small")


def bench(passages: int, *, small: int = SMALL, queries: int = QUERIES) -> dict[str, float]:
    """Fill the database that Django is pointed at, ask, and return the line."""
    return join(fill(passages, small), ask(passages, queries))


def join(filled: dict[str, float], asked: dict[str, float]) -> dict[str, float]:
    """Return one line, in the order in which it is read."""
    figures = {**filled, **asked}
    first = ("passages", "p50_ms", "p95_ms", "queries_per_s_8", "recall_at_10", "recall_at_10_one_percent", "index_mb", "build_s")
    return {name: figures[name] for name in (*first, *(name for name in figures if name not in first))}


# Django and numpy are imported late: the settings are read in the process that fills or asks.
def fill(passages: int, small: int) -> dict[str, float]:
    """Make both workspaces. The first question's words, and all else, follow from the number of passages."""
    from tools.searching.fill import fill_workspace, made_at_the_end
    from tools.searching.measures import embed_all

    corpus = _corpus(passages)
    corpus.place_subjects(embed_all(corpus.texts_to_place()))
    with made_at_the_end() as built:
        for name, count in zip(WORKSPACES, (passages, small), strict=True):
            fill_workspace(name, count, corpus)
    return {"passages": passages, "index_mb": round(built["mb"], 1), "build_s": round(built["seconds"], 1)}


def ask(passages: int, queries: int, *, has_plans: bool = False) -> dict[str, float]:
    """Ask as the readers of both; as many questions before them warm what is kept in memory."""
    from apps.documents.search import Filters
    from tools.searching.library import reader_of
    from tools.searching.measures import ONE_PERCENT, measure_at_once, measure_one_at_a_time, measure_recall
    from tools.searching.plans import explain

    reader, neighbour = (reader_of(name) for name in WORKSPACES)
    corpus = _corpus(passages)
    warming, asked = corpus.ask(queries), corpus.ask(queries)
    alone = measure_one_at_a_time(reader, warming, asked)
    beside = measure_one_at_a_time(neighbour, warming, asked)
    if has_plans:
        for plan in explain(reader, asked[0]):
            print(plan, file=sys.stderr, flush=True)
    return {
        **_rounded(alone, 1),
        "queries_per_s_8": round(measure_at_once(reader, asked), 1),
        "recall_at_10": round(measure_recall(reader, asked, Filters()), 3),
        "recall_at_10_one_percent": round(measure_recall(reader, asked, ONE_PERCENT), 3),
        **{f"small_{name}": value for name, value in _rounded(beside, 1).items()},
    }


def _corpus(passages: int) -> "Corpus":
    from tools.searching.corpus import Corpus

    return Corpus(seed=passages, subjects=max(20, 2 * int(passages**0.5)))


def _rounded(figures: dict[str, float], digits: int) -> dict[str, float]:
    return {name: round(value, digits) for name, value in figures.items()}


def bench_apart(passages: int, arguments: list[str]) -> dict[str, float]:
    """Bench one N in services and processes of its own: settings are read once a process.

    Between filling and asking Postgres is started anew, as how much memory it takes hangs on how much data there is.
    """
    services = scratch_services()
    environment = {**os.environ, "QUIRE_VAR": str(services.var), "QUIRE_MODELS_DIR": str(ROOT / "var" / "models"), "QUIRE_LOG_LEVEL": "ERROR"}
    for name in ("DATABASE_URL", "QUIRE_OWNER_DATABASE_URL", "REDIS_URL"):
        environment.pop(name, None)

    def run(part: str) -> dict[str, float]:
        command = [sys.executable, "-m", "tools.bench_search", str(passages), "--part", part, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return figures

    try:
        filled = run("fill")
        Postgres(services.var, socket_folder(services.var), is_scratch=True).stop()
        ensure_services(services.var, is_scratch=True).stop()
        return join(filled, run("ask"))
    finally:
        services.stop()


def _run_part(part: str, passages: int, options: argparse.Namespace) -> dict[str, float]:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    if part == "ask":
        return ask(passages, options.queries, has_plans=options.plans)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return fill(passages, SMALL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="?", default=SIZES, help="numbers of passages, joined by commas")
    parser.add_argument("--queries", type=int, default=QUERIES)
    parser.add_argument("--plans", action="store_true", help="what Postgres does for one of the questions, on stderr")
    parser.add_argument("--part", choices=["fill", "ask"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    kept = [f"--queries={options.queries}", *(["--plans"] if options.plans else [])]
    for size in map(int, options.sizes.split(",")):
        print(json.dumps(_run_part(options.part, size, options) if options.part else bench_apart(size, kept)), flush=True)


if __name__ == "__main__":
    main()
