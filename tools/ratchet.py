"""Things that may only become fewer: each a pattern, where it is looked for, and a ceiling that only goes down.

Prints every place that is over, and what to do; exit code 1 where anything is.
"""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.rows_by_id import find_managers, find_unreviewed


@dataclass(frozen=True)
class Ratchet:
    name: str
    pattern: str
    files: str
    ceiling: int
    hint: str
    without: str = r"(^|/)(migrations|node_modules|recorded)/"


RATCHETS = (
    Ratchet("mark_safe", r"\bmark_safe\(", r"^apps/.*\.py$", 1, "Only common/markdown.py makes safe strings; use templates or format_html."),
    Ratchet("type: ignore", r"# type: ignore", r"^(apps|config)/.*\.py$", 20, "Say the type instead, or lower the ceiling."),
    Ratchet("noqa", r"# noqa", r"^(apps|config)/.*\.py$", 25, "Mend what the linter says."),
    Ratchet(
        "inline style, script or handler",
        r"<style|\bstyle=|<script(?![^>]*\bsrc=)|\son[a-z]+=\"",
        r"^templates/.*\.html$",
        0,
        "The policy forbids it: use a class or a controller.",
    ),
    Ratchet(
        "innerHTML and its kin",
        r"\.(innerHTML|outerHTML|insertAdjacentHTML)\b",
        r"^static/src/ts/(?!lib/swap\.ts|testing\.ts).*(?<!\.test)\.ts$",
        0,
        "Only lib/swap.ts writes HTML.",
    ),
    Ratchet("f-string in a log call", r"logger\.\w+\(f[\"']", r"^(apps|config)/.*\.py$", 0, "An event name and extra={...}."),
)
LONGEST = {r"^(apps|config|tools|static/src)/.*\.(py|ts|css)$|^templates/.*\.html$": 400, r"^tests/.*\.py$": 400}


def tracked_files() -> list[str]:
    listing = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], capture_output=True, text=True, check=True)
    return [name for name in listing.stdout.splitlines() if Path(name).is_file()]


def find(ratchet: Ratchet, names: list[str]) -> list[str]:
    places = []
    for name in names:
        if not re.search(ratchet.files, name) or re.search(ratchet.without, name):
            continue
        for number, line in enumerate(Path(name).read_text(encoding="utf-8").splitlines(), 1):
            places += [f"{name}:{number}" for _ in re.finditer(ratchet.pattern, line)]
    return places


def find_long(names: list[str]) -> list[str]:
    places = []
    for pattern, limit in LONGEST.items():
        for name in names:
            if re.search(pattern, name) and "/migrations/" not in name:
                lines = len(Path(name).read_text(encoding="utf-8").splitlines())
                places += [f"{name} has {lines} lines, {limit} are the limit"] if lines > limit else []
    return places


def main() -> int:
    names = tracked_files()
    failures = find_long(names)
    if managers := find_managers(names):
        failures.append("Managers in interfaces. Start from a selector or a service.\n  " + "\n  ".join(managers))
    if unreviewed := find_unreviewed(names):
        failures.append("From an id to a row (tools/rows_by_id.py).\n  " + "\n  ".join(unreviewed))
    for ratchet in RATCHETS:
        places = find(ratchet, names)
        if len(places) > ratchet.ceiling:
            failures.append(f"{ratchet.name}: {len(places)}, the ceiling is {ratchet.ceiling}. {ratchet.hint}\n  " + "\n  ".join(places))
    print("\n".join(failures) or f"ratchet: {len(RATCHETS) + len(LONGEST) + 2} rules hold over {len(names)} files")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
