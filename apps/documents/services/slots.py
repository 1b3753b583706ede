"""So many at once on this machine: locks that the kernel lets go of, however their holder ends."""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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
