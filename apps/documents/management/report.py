"""What became of each file of a run, a line each, written as soon as it is known."""

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path
from typing import IO

from apps.common.errors import Invalid
from apps.documents.services.bulk import Outcome

Write = Callable[[Outcome], None]


@contextmanager
def open_report(path: Path | None) -> Iterator[Write]:
    """Lend what writes one outcome: JSON lines or CSV, by the suffix. Raises Invalid for another one, and where it cannot be written."""
    if path is None:
        yield lambda outcome: None
        return
    if path.suffix not in {".jsonl", ".json", ".csv"}:
        raise Invalid("A report is a .jsonl file (a JSON object a line) or a .csv file.")
    with _told():
        file = path.open("w", encoding="utf-8", newline="")
    try:
        with _told():
            write = _csv_lines(file) if path.suffix == ".csv" else _json_lines(file)
        yield partial(_write, write)
    finally:
        # Every line was flushed: what could not be written, and was told, would fail here once more.
        with suppress(OSError):
            file.close()


def _write(write: Write, outcome: Outcome) -> None:
    with _told():
        write(outcome)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Invalid(f"The report cannot be written: {error.strerror}.") from error


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


def shown_on_a_line(text: str) -> str:
    """The same for a terminal: nothing in a name ends the line, turns it around or speaks to the terminal."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in shown(text))


def _harmless(value: object) -> object:
    """A spreadsheet would work out a name that begins like a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
