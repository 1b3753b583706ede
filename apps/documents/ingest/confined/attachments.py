"""Takes over the files that a child left, from a folder that a hostile one may have filled with anything.

The child is dead by then. What is no regular file of its own, right in the folder, is no attachment.
"""

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from apps.documents.constants import MAX_ARCHIVE_BYTES
from apps.documents.errors import ContentTooLarge
from apps.documents.ingest.confined.errors import FalseFrame
from apps.documents.ingest.types import Attachment

_PIECE = 1024 * 1024
# Not followed, never waited for (a pipe), and never made this process's terminal.
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


def take_attachments(folder: int, named: Sequence[tuple[str, str]], into: Path) -> list[Attachment]:
    """Copy the files out of `folder`, a descriptor. Raises FalseFrame for what is none, ContentTooLarge for too much."""
    taken: list[Attachment] = []
    left = MAX_ARCHIVE_BYTES
    for number, (name, place) in enumerate(named, 1):
        path = into / f"attachment-{number}"
        left -= _copy(folder, place, path, left)
        taken.append(Attachment(name, path))
    return taken


def _copy(folder: int, place: str, path: Path, most: int) -> int:
    if not place or "/" in place or place in (".", ".."):
        raise FalseFrame("an attachment elsewhere")
    try:
        descriptor = os.open(place, _OPEN, dir_fd=folder)
    except OSError:
        raise FalseFrame("an attachment that cannot be opened") from None
    try:
        about = os.fstat(descriptor)
        # A second link would be a file of somebody else.
        if not stat.S_ISREG(about.st_mode) or about.st_nlink != 1:
            raise FalseFrame("an attachment that is no file")
        if about.st_size > most:
            raise ContentTooLarge("The attachments of this file are too large. Upload them on their own.")
        with path.open("xb") as copy:
            copied = 0
            # No more than it said, whoever may still write to it.
            while piece := os.read(descriptor, min(_PIECE, about.st_size - copied)):
                copied += copy.write(piece)
    finally:
        os.close(descriptor)
    return copied
