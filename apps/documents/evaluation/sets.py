"""Read a set of documents, questions and judgements in the layout of BEIR: `corpus.jsonl`, `queries.jsonl`, `qrels/NAME.tsv`."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.common.errors import Invalid


@dataclass(frozen=True, slots=True)
class SetDocument:
    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class TestSet:
    """The documents, and of each judged question its words and how relevant which documents are to it."""

    # pytest takes what is called a test for one.
    __test__ = False

    documents: list[SetDocument]
    questions: dict[str, str]
    judged: dict[str, dict[str, int]]


def read_set(folder: Path, name: str, limit: int | None = None) -> TestSet:
    """Return the set with the judgements `name`, of its first `limit` questions. Raises Invalid, saying which line is at fault."""
    judged = _read_judged(folder / "qrels" / f"{name}.tsv")
    texts = {line["_id"]: line["text"] for line in _lines(folder / "queries.jsonl", ("_id", "text"))}
    questions = {one: texts[one] for one in judged if one in texts}
    if missing := [one for one in judged if one not in texts]:
        raise Invalid(f"{folder}/queries.jsonl has no question {missing[0]}, which {name}.tsv judges.")
    if limit is not None:
        questions = dict(list(questions.items())[:limit])
    documents = [SetDocument(line["_id"], line.get("title") or "", line["text"]) for line in _lines(folder / "corpus.jsonl", ("_id", "text"))]
    return TestSet(documents, questions, judged)


def _read_judged(path: Path) -> dict[str, dict[str, int]]:
    judged: dict[str, dict[str, int]] = {}
    number = 1
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            next(rows, None)
            for row in rows:
                number += 1
                judged.setdefault(row[0], {})[row[1]] = int(row[2])
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, IndexError):
        raise Invalid(f"{path}, line {number}: expected a question, a document and a whole number, parted by tabs.") from None
    if not judged:
        raise Invalid(f"{path} judges nothing.")
    return judged


# Any: JSON.
def _lines(path: Path, needed: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if not line.strip():
                    continue
                found = _parse(line)
                if found is None or any(not isinstance(found.get(name), str) for name in needed):
                    raise Invalid(f"{path}, line {number}: expected a JSON object with the texts {' and '.join(needed)}.")
                yield found
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from None


def _parse(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
