"""What shows that an agent does only what its asker may, in full. One JSON line last on stdout; exit code 1 where anything fails.

- `injections`: a model that obeys every instruction it reads is asked about each of a hundred and more poisoned documents, over real HTTP
  through the real pipeline: 0 actions without right, 0 outside requests, 0 foreign passages.
"""

import sys
from pathlib import Path

from tools.prove_search import prove

_PYTEST = ["-m", "pytest", "--no-header", "-q"]
REPORT = "injections.json"


def parts(folder: Path) -> dict[str, list[str]]:
    return {"injections": [*_PYTEST, "tests/injections", "--injections=full", f"--basetemp={folder}"]}


def main() -> int:
    return prove(__doc__ or "", parts, REPORT)


if __name__ == "__main__":
    sys.exit(main())
