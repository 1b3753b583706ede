"""What the child of one file does: builds the walls, reads, says what it found, and is gone."""

import errno
import re
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from apps.documents.errors import NEEDS_MEMORY, ContentTooLarge, FileRefused
from apps.documents.ingest.confined import limits
from apps.documents.ingest.confined.frames import FrameWriter, clip
from apps.documents.ingest.parsers.base import Desk
from apps.documents.ingest.parsers.registry import get_parser
from apps.documents.ingest.types import Parsed
from apps.documents.types import Kind

_LAST_FRAMES = 6
_NO_NAME = re.compile(r"[^\w.<>]")
_KINDS_OF_PICTURES = (Kind.PDF, Kind.IMAGE)
# What the kernel says where a limit of this process is reached, or its folder is full.
_FULL = (errno.EFBIG, errno.ENOSPC, errno.EDQUOT, errno.ENOMEM)


@dataclass(frozen=True, slots=True)
class Task:
    """One file to read: where it lies, what it is, and the folder of the child."""

    path: Path
    kind: str
    ocr_languages: str
    folder: Path
    keeps_attachments: bool

    @property
    def needs_program(self) -> bool:
        return bool(self.ocr_languages) and self.kind in _KINDS_OF_PICTURES


def read(task: Task, connection: int, build_walls: Callable[[], None]) -> None:
    """Read one file and say all of it over `connection`. Raises OSError where nobody listens any more."""
    writer = FrameWriter(connection)
    # Where a library wants a place to write, this is the only one.
    tempfile.tempdir = str(task.folder)
    try:
        build_walls()
        _say(task, writer)
    except FileRefused as error:
        writer.write("refused", error.reason, clip(error.detail, limits.MAX_DETAIL_CHARS))
    except MemoryError:
        writer.write("refused", ContentTooLarge.reason, NEEDS_MEMORY)
    except ConnectionError:
        raise
    except Exception as error:  # noqa: BLE001  # the edge of this process: the worker logs where it was
        if isinstance(error, OSError) and error.errno in _FULL:
            writer.write("refused", ContentTooLarge.reason, NEEDS_MEMORY)
        else:
            # Not its words: they may quote the document.
            writer.write("failed", type(error).__name__, _places(error))
    writer.flush()


def _say(task: Task, writer: FrameWriter) -> None:
    def progress(done: int, total: int) -> None:
        writer.write("progress", done, total)
        writer.flush()

    desk = Desk(task.folder if task.keeps_attachments else None, task.ocr_languages)
    parsed = get_parser(task.kind).parse(task.path, progress, desk)
    writer.write("header", clip(parsed.title, limits.MAX_TITLE_CHARS), parsed.page_count, parsed.unit)
    writer.flush()
    for page in parsed.pages:
        writer.write_page(page)
    notes = [clip(note, limits.MAX_DETAIL_CHARS) for note in parsed.notes[: limits.MAX_NOTES]]
    writer.write("end", parsed.unread_pages, notes, _attachments(parsed, task.folder))


def _attachments(parsed: Parsed, folder: Path) -> list[tuple[str, str]]:
    if len(parsed.attachments) > limits.MAX_ATTACHMENTS:
        raise ContentTooLarge(f"This file has more than {limits.MAX_ATTACHMENTS:,} attachments. Upload them on their own.")
    return [(clip(attachment.name, limits.MAX_NAME_CHARS), str(attachment.path.relative_to(folder))) for attachment in parsed.attachments]


def _places(error: Exception) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-_LAST_FRAMES:]
    # Python's own parts are called "<frozen importlib>" and the like.
    return [f"{_NO_NAME.sub('_', Path(frame.filename).name)[-80:]}:{frame.lineno} {_NO_NAME.sub('_', frame.name)[:80]}" for frame in frames]
