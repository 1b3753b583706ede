"""So many at once on this machine: locks that the kernel lets go of, however their holder ends."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from django.conf import settings


def slots_folder() -> Path:
    """Return where the locks lie: all processes of an installation on this machine share it."""
    folder: Path = settings.QUIRE_VAR / "run"
    return folder


@contextmanager
def take_slot(name: str, count: int = 1) -> Iterator[bool]:
    """Hold one of `count` slots of this name for the block; False where all are taken."""
    folder = slots_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as stack:
        for number in range(count):
            lock = stack.enter_context((folder / f"{name}-{number}.lock").open("w"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield True
            return
        yield False


def machine() -> str:
    """Name the machine whose slots these are: containers that share the folder share the slots, whatever each is called."""
    return _machine(slots_folder())


@lru_cache(maxsize=4)
def _machine(folder: Path) -> str:
    # Containers that share the folder may have the same process ids.
    word = secrets.token_hex(16)
    name, own = folder / "machine", folder / f"machine.{word}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not name.exists():
        own.write_text(word, encoding="ascii")
        # Whole or not at all, and the first one's.
        with suppress(FileExistsError):
            os.link(own, name)
        own.unlink()
    return name.read_text(encoding="ascii")
