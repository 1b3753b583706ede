"""What one file may cost: in memory and time while it is read, and in what the reading hands over."""

import resource
from pathlib import Path

from apps.documents.constants import MAX_ARCHIVE_BYTES, MAX_PARSE_MEMORY_BYTES

SILENCE_SECONDS = 60.0
READING_SECONDS = 2 * 3600.0
# Its folder: what an archive may unfold to, and the pictures of pages on their way to Tesseract.
MAX_FOLDER_BYTES = MAX_ARCHIVE_BYTES + 256 * 1024 * 1024
MAX_FOLDER_FILES = 2000
MAX_OPEN_FILES = 64

# One frame; a long text goes in several.
MAX_FRAME_BYTES = 1024 * 1024
MAX_NAME_CHARS = 1000
MAX_DETAIL_CHARS = 2000
MAX_TITLE_CHARS = 100_000
MAX_BLOCKS = 2_000_000
MAX_WORDS = 4_000_000
# A page is held as a whole, and each of its words takes a quarter of a kilobyte.
MAX_PAGE_WORDS = 200_000
MAX_PARTS = 100_000
MAX_NOTES = 100
MAX_ATTACHMENTS = 1000
MAX_COUNT = 10**9

# A child that is killed from outside with less than this in memory did not take too much of it.
_LITTLE_MEMORY_BYTES = MAX_PARSE_MEMORY_BYTES // 4
_STATUS = Path("/proc/self/statm")


def limit_this_process() -> None:
    """Set the kernel's limits for this process and all that it starts. No one can widen them again."""
    _limit(resource.RLIMIT_CORE, 0)
    # All that it maps is counted, also what is shared: what the server holds already comes on top.
    _limit(resource.RLIMIT_AS, _mapped_bytes() + MAX_PARSE_MEMORY_BYTES)
    _limit(resource.RLIMIT_CPU, int(READING_SECONDS))
    _limit(resource.RLIMIT_FSIZE, MAX_ARCHIVE_BYTES)
    _limit(resource.RLIMIT_NOFILE, MAX_OPEN_FILES)
    _limit(resource.RLIMIT_MEMLOCK, 0)
    _limit(resource.RLIMIT_MSGQUEUE, 0)


def took_too_much(memory_bytes: int, cpu_seconds: float) -> bool:
    """Tell whether a child that was killed came near a limit."""
    return memory_bytes >= _LITTLE_MEMORY_BYTES or cpu_seconds >= READING_SECONDS - 1


def _limit(which: int, most: int) -> None:
    _, hard = resource.getrlimit(which)
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (allowed, allowed))


def _mapped_bytes() -> int:
    return int(_STATUS.read_bytes().split()[0]) * resource.getpagesize()
