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
from typing import TYPE_CHECKING, Any

from config.embedded.services import scratch_services
from tools.product import ROOT

if TYPE_CHECKING:
    from apps.accounts.types import Reader

SIZES = "10000,100000,1000000"
SMALL = 1_000
QUERIES = 200


def bench(passages: int, *, small: int = SMALL, queries: int = QUERIES, has_plans: bool = False) -> dict[str, float]:
    """Fill the database that Django is pointed at, ask, and return the line."""
    from tools.searching.corpus import Corpus
    from tools.searching.fill import fill_workspace, made_at_the_end
    from tools.searching.measures import embed_all

    corpus = Corpus(seed=passages, subjects=max(20, 2 * int(passages**0.5)))
    corpus.place_subjects(embed_all(corpus.texts_to_place()))
    with made_at_the_end() as built:
        reader, neighbour = (fill_workspace(name, count, corpus) for name, count in (("large", passages), ("small", small)))
    figures = measure(reader, neighbour, corpus.ask(2 * queries), has_plans=has_plans)
    return {"passages": passages, **figures, "index_mb": round(built["mb"], 1), "build_s": round(built["seconds"], 1)}


# Django and numpy are imported late: the settings are read in the process that fills.
def measure(reader: "Reader", neighbour: "Reader", questions: list[str], *, has_plans: bool) -> dict[str, float]:
    """Ask as both readers; the first half of the questions warms what is kept in memory."""
    from apps.documents.search import Filters
    from tools.searching.measures import ONE_PERCENT, measure_at_once, measure_one_at_a_time, measure_recall
    from tools.searching.plans import explain

    warming, asked = questions[: len(questions) // 2], questions[len(questions) // 2 :]
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


def _rounded(figures: dict[str, float], digits: int) -> dict[str, float]:
    return {name: round(value, digits) for name, value in figures.items()}


def bench_apart(passages: int, arguments: list[str]) -> None:
    """Bench one N in services and a process of its own: settings are read once a process."""
    services = scratch_services()
    environment = {**os.environ, "QUIRE_VAR": str(services.var), "QUIRE_MODELS_DIR": str(ROOT / "var" / "models"), "QUIRE_LOG_LEVEL": "ERROR"}
    for name in ("DATABASE_URL", "QUIRE_OWNER_DATABASE_URL", "REDIS_URL"):
        environment.pop(name, None)
    try:
        subprocess.run([sys.executable, "-m", "tools.bench_search", "--filling", str(passages), *arguments], cwd=ROOT, env=environment, check=True)
    finally:
        services.stop()


def _bench_here(passages: int, options: argparse.Namespace) -> dict[str, Any]:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return bench(passages, queries=options.queries, has_plans=options.plans)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="?", default=SIZES, help="numbers of passages, joined by commas")
    parser.add_argument("--queries", type=int, default=QUERIES)
    parser.add_argument("--plans", action="store_true", help="what Postgres does for one of the questions, on stderr")
    parser.add_argument("--filling", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.filling:
        print(json.dumps(_bench_here(options.filling, options)), flush=True)
        return
    kept = [f"--queries={options.queries}", *(["--plans"] if options.plans else [])]
    for size in options.sizes.split(","):
        bench_apart(int(size), kept)


if __name__ == "__main__":
    main()
