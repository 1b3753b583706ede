"""What became of each file of a run, a line each, written as soon as it is known."""

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import IO

from apps.common.errors import Invalid
from apps.documents.services.bulk import Outcome

Write = Callable[[Outcome], None]


@contextmanager
def open_report(path: Path | None) -> Iterator[Write]:
    """Lend what writes one outcome: JSON lines or CSV, by the suffix. Raises Invalid for another one, OSError where it cannot be written."""
    if path is None:
        yield lambda outcome: None
        return
    if path.suffix not in {".jsonl", ".json", ".csv"}:
        raise Invalid("A report is a .jsonl file (a JSON object a line) or a .csv file.")
    with path.open("w", encoding="utf-8", newline="") as file:
        yield _csv_lines(file) if path.suffix == ".csv" else _json_lines(file)


def _json_lines(file: IO[str]) -> Write:
    def write(outcome: Outcome) -> None:
        file.write(json.dumps(_shown(outcome), ensure_ascii=False) + "\n")
        file.flush()

    return write


def _csv_lines(file: IO[str]) -> Write:
    rows = csv.DictWriter(file, [one.name for one in fields(Outcome)])
    rows.writeheader()

    def write(outcome: Outcome) -> None:
        rows.writerow({name: _harmless(value) for name, value in _shown(outcome).items()})
        file.flush()

    return write


def _shown(outcome: Outcome) -> dict[str, object]:
    return {name: shown(value) if isinstance(value, str) else value for name, value in asdict(outcome).items()}


def shown(text: str) -> str:
    """Return a path as it can be written: names of files are bytes, and not all bytes are text."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _harmless(value: object) -> object:
    """A spreadsheet would work out a name that begins like a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
