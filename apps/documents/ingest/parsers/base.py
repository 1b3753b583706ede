"""What every parser is: one file a format, found by the kind of file it reads."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from apps.documents.ingest.types import Parsed, Progress


@dataclass(frozen=True, slots=True)
class Desk:
    """What a parser may use besides the file."""

    # A folder of its own, for attachments and pictures; without one, it keeps none.
    folder: Path | None = None
    # Tesseract's names joined by "+"; empty where there is no text recognition.
    ocr_languages: str = ""


BARE = Desk()


class Parser(Protocol):
    """Reads one kind of file.

    `parse` raises a `FileRefused` for a file that cannot be read, whatever the file contains; pages that come later may
    raise one, too. It opens nothing but `path` and what is on the desk, and reaches no network. `progress` is also its sign
    of life: it is called for each page or part. `version` changes with what it makes.
    """

    name: str
    version: int

    def parse(self, path: Path, progress: Progress, desk: Desk = BARE) -> Parsed: ...
