"""From a file to passages: a list of small steps and one loop that drives them.

No step touches the database. What they make is stored by services/store.py; services/embedder.py gives the passages their
vectors and publishes them. The order of STEPS, then embed and publish, is the order of a document's life.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from apps.documents.constants import PASSAGE_TOKENS
from apps.documents.errors import NoText
from apps.documents.ingest.detect import detect_kind
from apps.documents.ingest.parsers.base import BARE, Desk
from apps.documents.ingest.parsers.registry import get_parser
from apps.documents.ingest.split import SplitLimits, split_document
from apps.documents.ingest.types import CountTokens, Draft, Parsed, Progress
from apps.documents.types import Kind

# A float32 array of numpy, one row a text. Not named here: the web process imports this module
# through the services and must not load numpy.
Vectors = Any
# Reads a file of a kind: in this process, or in a confined child (ingest/confined).
ReadFile = Callable[[Path, Kind, Progress, Desk], Parsed]


@dataclass(frozen=True, slots=True)
class Models:
    """What the pipeline asks of the gateway."""

    embed: Callable[[Sequence[str]], Vectors]
    count_tokens: CountTokens
    name: str
    window: int


def read_here(path: Path, kind: Kind, progress: Progress, desk: Desk) -> Parsed:
    """Read a file that is trusted, in this process."""
    return get_parser(kind).parse(path, progress, desk)


@dataclass(slots=True)
class Work:
    """One file on its way; each step fills in what the next one needs."""

    path: Path
    name: str
    models: Models
    read: ReadFile = read_here
    desk: Desk = BARE
    # How long a passage aims to be.
    passage_tokens: int = PASSAGE_TOKENS
    kind: Kind | None = None
    parser: str = ""
    parsed: Parsed | None = None
    drafts: list[Draft] = field(default_factory=list)


class Report(Protocol):
    """Takes progress: the step, the percent of the whole, and pages of the file."""

    def __call__(self, step: str, percent: int, pages_done: int = 0, pages_total: int = 0) -> None: ...


@dataclass(frozen=True, slots=True)
class Step:
    """`first` and `last` are the percents between which the step moves the whole."""

    name: str
    first: int
    last: int
    run: Callable[[Work, Progress], None]


def run_steps(work: Work, report: Report) -> None:
    """Drive `work` through all steps; what a step raises ends it there."""
    for step in STEPS:
        report(step.name, step.first)
        step.run(work, _progress_of(step, report))


def _progress_of(step: Step, report: Report) -> Progress:
    def progress(done: int, total: int) -> None:
        share = min(1.0, done / total) if total else 0.0
        percent = step.first + int(share * (step.last - step.first))
        report(step.name, percent, done, total)

    return progress


def detect(work: Work, progress: Progress) -> None:
    """Decide the kind by the bytes, again: the row only says what the upload saw."""
    with work.path.open("rb") as file:
        work.kind = detect_kind(file, work.name)


def parse(work: Work, progress: Progress) -> None:
    """Open the file. Its pages come one by one while they are split, so a book is never held as a whole."""
    assert work.kind is not None
    parser = get_parser(work.kind)
    work.parser = f"{parser.name}/{parser.version}"
    work.parsed = work.read(work.path, work.kind, progress, work.desk)


def split(work: Work, progress: Progress) -> None:
    assert work.parsed is not None
    limits = SplitLimits(work.models.window, work.passage_tokens)

    def count_tokens(texts: Sequence[str]) -> Sequence[int]:
        # A long table is one page, and counting is what takes the time: it is a sign of life.
        progress(0, 0)
        return work.models.count_tokens(texts)

    work.drafts = split_document(work.parsed, count_tokens, limits)
    if not any(map(_is_visible, work.drafts)):
        raise NoText("There is no text in this file.")


def _is_visible(draft: Draft) -> bool:
    """Whether there is anything to see: marks without width alone are no text."""
    return any(letter.isprintable() and not letter.isspace() for letter in draft.text)


# While its pages are split a file is still being read, and says so: `parse` reports them.
STEPS: tuple[Step, ...] = (
    Step("detect", 0, 2, detect),
    Step("parse", 2, 40, parse),
    Step("split", 2, 40, split),
)
EMBED_FROM, EMBED_TO = 40, 98
