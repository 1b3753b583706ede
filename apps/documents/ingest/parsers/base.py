"""What every parser is: one file a format, found by the kind of file it reads."""

from pathlib import Path
from typing import Protocol

from apps.documents.ingest.types import Parsed, Progress


class Parser(Protocol):
    """Reads one kind of file.

    `parse` raises a `FileRefused` for a file that cannot be read, whatever the file contains;
    it opens nothing but `path` and reaches no network. `version` changes with what it makes.
    """

    name: str
    version: int

    def parse(self, path: Path, progress: Progress) -> Parsed: ...
