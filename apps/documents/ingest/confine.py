"""Keeps what one file may cost within one process: a small file can unpack into more memory than the machine has."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STATUS = Path("/proc/self/status")
_KIB = 1024


@contextmanager
def memory_at_most(more: int) -> Iterator[None]:
    """Let this process take at most `more` bytes beyond what it holds; what asks for more gets a MemoryError."""
    before = soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = [_held_bytes() + more, *(limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY)]
    resource.setrlimit(resource.RLIMIT_DATA, (min(wanted), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _held_bytes() -> int:
    """Return what the kernel counts against the limit."""
    fields = dict(line.split(":", 1) for line in _STATUS.read_text(encoding="ascii", errors="replace").splitlines())
    return int(fields["VmData"].split()[0]) * _KIB
