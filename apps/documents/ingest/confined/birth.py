"""What a child does first: it lets go of all that is the server's."""

import fcntl
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from apps.documents.ingest import ocr
from apps.documents.ingest.confined.child import Task, read
from apps.documents.ingest.confined.linux import die_with_parent
from apps.documents.ingest.confined.programs import start_helper
from apps.documents.ingest.confined.walls import Walls


def be_child(task: Task, walls: Walls, descriptors: Sequence[int], server: int) -> NoReturn:
    """Become the child of one file, in a fork of the server; `descriptors` are its way to the worker and the file."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.setsid()
        die_with_parent(server)
        data, file = _keep_only(descriptors)
        os.chdir(task.folder)
        if task.needs_program and (program := ocr.find_program()):
            start_helper(walls, Path(program))
        read(task, data, lambda: _close_in(walls, file, task.folder))
        code = 0
    finally:
        # Not a word of Python's own end: it is the server's.
        os._exit(code)


def _close_in(walls: Walls, file: int, folder: Path) -> None:
    walls.build(file, folder)
    # The parser opens it by its path, which is all that it needed the descriptor for.
    os.close(file)


def _keep_only(descriptors: Sequence[int]) -> list[int]:
    """Close all but these, which get the numbers from 3 on; 0, 1 and 2 lead nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    high = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 16) for descriptor in descriptors]
    for number in range(3):
        os.dup2(nowhere, number)
    kept = [os.dup2(descriptor, 3 + index, inheritable=False) for index, descriptor in enumerate(high)]
    os.closerange(3 + len(kept), os.sysconf("SC_OPEN_MAX"))
    return kept
