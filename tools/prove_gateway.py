"""`make prove-gateway`: that the door to models is honest about failure and exact about money. One JSON line last; exit code 1 where anything fails.

- `ledger`: 10,000 calls of all kinds; our ledger equals the model's own, 0 tokens off.
- `cuts`: the model's stream breaks off at each of 200 places, under the API and under runs.
- `outage`: a model that answers 503 to everything is asked at most 1.1 times a call, and answers again when it is well.
- `redis`: Redis says nothing any more; 99.9 % are answered, the 99th of a hundred within 2 s.
- `refusals`: what cannot be answered is refused within 50 ms, in OpenAI's shape, uncharged.
- `tests`: 500 sequences of the ledger's state machine; all pairs of 20 scopes x 50 questions; the near misses; the tables of failures.

`--part ledger --part cuts` takes some of it; `--short` a sample of each. Each part has a product of its own.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from tools.gateway.cuts import prove_cuts
from tools.gateway.ledger import prove_ledger
from tools.gateway.outage import prove_outage
from tools.gateway.refusals import prove_refusals
from tools.gateway.stall import prove_stall
from tools.product import ROOT
from tools.prove_ingestion import run_part

CALLS, SHORT_CALLS = 10_000, 500
CUTS, SHORT_CUTS = 200, 20
REFUSED, SHORT_REFUSED = 2_000, 500
STALLED, SHORT_STALLED = 2_000, 300
REFUSALS, SHORT_REFUSALS = 50, 5
PARTS = ("ledger", "cuts", "outage", "redis", "refusals", "tests")
SEQUENCES = 500
_TESTS = ("ledger/test_stateful.py", "caching/test_across_scopes.py", "caching/test_second_look.py", "caching/test_semantic.py", "resilience")


def parts(*, short: bool) -> dict[str, Callable[[], dict[str, Any]]]:
    return {
        "ledger": lambda: prove_ledger(SHORT_CALLS if short else CALLS),
        "cuts": lambda: prove_cuts(SHORT_CUTS if short else CUTS),
        "outage": lambda: prove_outage(SHORT_REFUSED if short else REFUSED),
        "redis": lambda: prove_stall(SHORT_STALLED if short else STALLED),
        "refusals": lambda: prove_refusals(SHORT_REFUSALS if short else REFUSALS),
        "tests": lambda: prove_tests(short=short),
    }


def prove_tests(*, short: bool) -> dict[str, Any]:
    """The tests of `make test` that are a sample there, at their full length."""
    paths = [f"tests/gateway/{path}" for path in _TESTS]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *paths, *([] if short else ["--gateway-examples", str(SEQUENCES)])]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **({} if short else {"ALL_SCOPES": "1"})}, capture_output=True, text=True, check=False)
    print(done.stdout[-2000:], file=sys.stderr)
    told = done.stdout.strip().splitlines()[-1]
    return {"problems": [told] if done.returncode else [], "told": told}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", action="append", choices=PARTS, help="only this one; may be given again")
    parser.add_argument("--short", action="store_true", help="a sample of each part")
    options = parser.parse_args()
    chosen = {name: prove for name, prove in parts(short=options.short).items() if not options.part or name in options.part}
    results = {name: run_part(name, prove) for name, prove in chosen.items()}
    is_proven = all(result["passed"] for result in results.values())
    print(json.dumps({"passed": is_proven, "seconds": sum(result["seconds"] for result in results.values()), "parts": results}))
    return 0 if is_proven else 1


if __name__ == "__main__":
    sys.exit(main())
