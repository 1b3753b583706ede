"""Everything that shows that a search tells nobody of what they may not see, in full. One JSON line last on stdout; exit code 1 where anything fails.

- `leaks`: 50 people ask thousands of questions about papers of 2,000 that are hidden from them, by every mode and every face. Each
  answer has to be the very answer to the same question about a word that nobody wrote.
- `policies`: a policy of the database on documents and passages hides more, and takes no index away.
- `holes`: mutants of the search, each of which a test has to find.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.prove_rights import run_part

_PYTEST = ["-m", "pytest", "--no-header", "-q"]
REPORT = "search-leaks.json"


def parts(folder: Path) -> dict[str, list[str]]:
    return {
        "leaks": [*_PYTEST, "tests/leaks", "--rights=full", f"--basetemp={folder}"],
        "policies": [*_PYTEST, "tests/documents/search/test_policies.py"],
        "holes": ["-m", "tools.prove_mutants", "--only", "search"],
    }


def main() -> int:
    return prove(__doc__ or "", parts, REPORT)


def prove(description: str, parts: Callable[[Path], dict[str, list[str]]], report_name: str) -> int:
    """Run the parts that are asked for, in a folder of their own, and tell what they said and what stands in their report there."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", action="append", choices=list(parts(Path())), help="only this one; may be given again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="quire-prove-") as folder:
        chosen = {name: command for name, command in parts(Path(folder) / "run").items() if not options.part or name in options.part}
        results = {name: run_part(name, command) for name, command in chosen.items()}
        report = Path(folder) / "run" / report_name
        # Any: JSON.
        told: dict[str, Any] = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
    is_proven = all(result["passed"] for result in results.values())
    print(json.dumps({"passed": is_proven, **told, "parts": results}))
    return 0 if is_proven else 1


if __name__ == "__main__":
    sys.exit(main())
