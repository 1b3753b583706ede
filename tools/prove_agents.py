"""What shows that an agent does only what its asker may, in full. One JSON line last on stdout; exit code 1 where anything fails.

- `injections`: a model that obeys every instruction it reads is asked about each of a hundred and more poisoned documents, over real HTTP
  through the real pipeline: 0 actions without right, 0 outside requests, 0 foreign passages.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tools.prove_rights import run_part

_PYTEST = ["-m", "pytest", "--no-header", "-q"]
REPORT = "injections.json"


def parts(folder: Path) -> dict[str, list[str]]:
    return {"injections": [*_PYTEST, "tests/injections", "--injections=full", f"--basetemp={folder}"]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", action="append", choices=list(parts(Path())), help="only this one; may be given again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="quire-agents-") as folder:
        chosen = {name: command for name, command in parts(Path(folder) / "run").items() if not options.part or name in options.part}
        results = {name: run_part(name, command) for name, command in chosen.items()}
        report = Path(folder) / "run" / REPORT
        # Any: JSON.
        told: dict[str, Any] = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
    is_proven = all(result["passed"] for result in results.values())
    print(json.dumps({"passed": is_proven, **told, "parts": results}))
    return 0 if is_proven else 1


if __name__ == "__main__":
    sys.exit(main())
