"""Everything that shows that nobody sees what they may not, in full. One JSON line last on stdout; exit code 1 where anything fails.

The parts are separate programs, so that each can be run alone: `--part matrix --part mutants`, or the command that it prints.
"""

import argparse
import json
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SEQUENCES = 200
_PYTEST = ["-m", "pytest", "-n", "2", "--no-header"]


def parts(sequences: int) -> dict[str, list[str]]:
    """Each part's command, after the Python."""
    return {
        "doors": [*_PYTEST, "tests/rights/test_doors.py", "tests/rights/test_rows_by_id.py"],
        "matrix": [*_PYTEST, "tests/rights/test_matrix.py", "tests/rights/test_matrix_sockets.py", "--rights=full"],
        "queries": [*_PYTEST, "tests/rights/test_queries.py"],
        "at_once": [*_PYTEST, "tests/rights/test_at_once.py"],
        "stateful": [*_PYTEST, "tests/rights/test_stateful.py", f"--rights-sequences={sequences}"],
        "limits": ["-m", "tools.prove_limits"],
        "limits_late": ["-m", "tools.prove_limits", "--late"],
        "revocation": ["-m", "tools.prove_revocation"],
        "mutants": ["-m", "tools.prove_mutants"],
    }


def run_part(name: str, command: list[str]) -> dict[str, Any]:
    """What the part says of itself in its last line, whether it passed, and how long it took."""
    print(f"── {name}: python {' '.join(command)}", file=sys.stderr, flush=True)
    started = time.monotonic()
    done = subprocess.run([sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        print(done.stdout[-8000:], file=sys.stderr, flush=True)
    lines = done.stdout.strip().splitlines()
    said: Any = lines[-1] if lines else ""
    with suppress(ValueError):  # pytest's last line is words
        said = json.loads(said)
    return {"passed": done.returncode == 0, "seconds": round(time.monotonic() - started), "said": said}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", action="append", choices=list(parts(0)), help="only this one; may be given again")
    parser.add_argument("--sequences", type=int, default=SEQUENCES, help="how many sequences the stateful test tries")
    options = parser.parse_args()
    chosen = {name: command for name, command in parts(options.sequences).items() if not options.part or name in options.part}
    results = {name: run_part(name, command) for name, command in chosen.items()}
    is_proven = all(result["passed"] for result in results.values())
    print(json.dumps({"passed": is_proven, "seconds": sum(result["seconds"] for result in results.values()), "parts": results}))
    return 0 if is_proven else 1


if __name__ == "__main__":
    sys.exit(main())
