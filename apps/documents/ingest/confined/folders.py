"""Folders that last as long as their holder lives: the one of the server, in which each child has its own, and that of a file being read."""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from apps.documents.ingest.confined.limits import MAX_FOLDER_BYTES, MAX_FOLDER_FILES

PREFIX = "quire-reading-"
_ABANDONED_SECONDS = 60
_BLOCK = 512


def is_too_much(folder: Path) -> bool:
    """Tell whether there is more in a child's folder than it may hold. Children can make no folders in it."""
    files = taken = 0
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            files += 1
            # One that is gone since takes nothing.
            with contextlib.suppress(FileNotFoundError):
                taken += entry.stat(follow_symlinks=False).st_blocks * _BLOCK
            if files > MAX_FOLDER_FILES or taken > MAX_FOLDER_BYTES:
                return True
    return False


def hold(folder: Path) -> int:
    """Say until this descriptor is closed, or the process ends however it does, that the folder is not abandoned."""
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    fcntl.flock(held, fcntl.LOCK_EX)
    return held


@contextlib.contextmanager
def lend_folder() -> Iterator[Path]:
    """Make a folder for the block. Where this process is killed in it, `remove_abandoned` removes it."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    held = hold(folder)
    try:
        yield folder
    finally:
        remove(folder)
        os.close(held)


def remove_abandoned(place: Path | None = None) -> None:
    """Remove the folders of those who were killed together with all who knew of them."""
    for folder in (place or Path(tempfile.gettempdir())).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            # Between being made and being held passes a moment.
            if time.time() - folder.lstat().st_mtime > _ABANDONED_SECONDS and not _is_held(folder):
                remove(folder)


def remove(folder: Path) -> None:
    # A tree too deep to walk down is left rather than end the server.
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)


def _is_held(folder: Path) -> bool:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(opened)
    return False
