"""Proves that the tests find holes: each mutant of `tools/mutants` is put into a copy of the checkout, and named tests turn red.

First the same tests have to be green without any. `--only WORD` takes the mutants with that word in their names. One JSON line
last on stdout; exit code 1 where a mutant survives, is not found in its file, or breaks more than a test.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.mutants.holes import HOLES, Mutant

ROOT = Path(__file__).resolve().parent.parent
# Made by `make`, too big to copy, and changed by no test.
BORROWED = (".venv", "node_modules", "var/models", "static/dist")
TESTS_FAILED = 1
MUTANT_SECONDS = 600


@dataclass(frozen=True)
class Finding:
    mutant: str
    problem: str


def prove(mutants: Sequence[Mutant] = HOLES, root: Path = ROOT) -> dict[str, Any]:
    started, findings = time.monotonic(), []
    with checkout_copy(root) as copy:
        findings += [Finding(mutant.name, problem) for mutant in mutants if (problem := misplaced(copy, mutant))]
        tests = sorted({test for mutant in mutants for test in mutant.tests})
        if not findings and (status := run_tests(copy, tests)):
            findings.append(Finding("none", f"the tests are not green without a mutant (exit code {status})"))
        if not findings:
            findings += [Finding(mutant.name, problem) for mutant in mutants if (problem := survives(copy, mutant))]
    return {
        "mutants": len(mutants),
        "red": len(mutants) - len(findings),
        "problems": [f"{one.mutant}: {one.problem}" for one in findings],
        "seconds": round(time.monotonic() - started),
    }


def misplaced(copy: Path, mutant: Mutant) -> str:
    """Why the mutant does not fit its file any more, or nothing."""
    path = copy / mutant.file
    count = path.read_text(encoding="utf-8").count(mutant.old) if path.exists() else 0
    return "" if count == 1 else f"its text stands {count} times in {mutant.file}: the code moved on, so move the mutant"


def survives(copy: Path, mutant: Mutant) -> str:
    """Why the mutant is not caught, or nothing. The copy is as before afterwards."""
    path = copy / mutant.file
    original = path.read_text(encoding="utf-8")
    path.write_text(original.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        status = run_tests(copy, mutant.tests)
    finally:
        path.write_text(original, encoding="utf-8")
    said = "" if status == TESTS_FAILED else "no test turned red" if status == 0 else f"the tests did not run (exit code {status})"
    print(f"{mutant.name}: {said or 'found'}", file=sys.stderr, flush=True)
    return said


def run_tests(copy: Path, tests: Sequence[str]) -> int:
    """Run them there, on services of their own."""
    # Nothing of the run that this is part of: coverage, workers, settings.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("QUIRE_", "COV_", "PYTEST_", "DJANGO_"))}
    command = [str(copy / ".venv" / "bin" / "python"), "-m", "pytest", "-q", "-x", "--no-header", *tests]
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=MUTANT_SECONDS)
    if done.returncode > TESTS_FAILED:
        print(done.stdout[-2000:], done.stderr[-2000:], file=sys.stderr)
    return done.returncode


@contextmanager
def checkout_copy(root: Path = ROOT) -> Iterator[Path]:
    """What git knows or would take in, as it stands on the disk; the rest of what tests need is borrowed."""
    listing = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=root, capture_output=True, text=True, check=True)
    with tempfile.TemporaryDirectory(prefix="quire-mutants-") as folder:
        copy = Path(folder)
        for name in listing.stdout.splitlines():
            if (root / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(root / name, copy / name)
        for name in BORROWED:
            if (root / name).exists():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                (copy / name).symlink_to((root / name).resolve())
        yield copy


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="mutants with this in their names")
    only = parser.parse_args().only
    result = prove([mutant for mutant in HOLES if only in mutant.name])
    print(json.dumps(result))
    return 1 if result["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
