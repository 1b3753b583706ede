"""How much memory the embedded Postgres takes: little while there is little data, more where the data wants it, a quarter of the machine at most.

Search looks into its indexes at random. What does not lie in Postgres' own memory is fetched from the system's at each look, which
costs three times as much. What is not used is not taken: an empty library idles as before.
"""

import os
from pathlib import Path

_MB = 1024**2
_BUFFERS_MIN = 64 * _MB
# Of the machine, at most; and of the data, as it grows until the next start.
_PART, _ROOM = 4, 1.25
_MAINTENANCE_MIN, _MAINTENANCE_MAX, _MAINTENANCE_PART = 128 * _MB, 1024 * _MB, 32
_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def memory_settings(data: Path) -> dict[str, str]:
    """Return Postgres' settings for the data in its folder on this machine."""
    machine = machine_bytes()
    buffers = max(_BUFFERS_MIN, min(machine // _PART, int(data_bytes(data) * _ROOM)))
    maintenance = min(_MAINTENANCE_MAX, max(_MAINTENANCE_MIN, machine // _MAINTENANCE_PART))
    return {
        "shared_buffers": _shown(buffers),
        # No memory that is taken: what the planner believes to find there or in the system's.
        "effective_cache_size": _shown(max(256 * _MB, machine // 2)),
        # An index of vectors is made several times as quick where it fits.
        "maintenance_work_mem": _shown(maintenance),
        "autovacuum_work_mem": _shown(_BUFFERS_MIN),
    }


def machine_bytes() -> int:
    """The memory of the machine, or of the container where that has less."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([whole, *(limit for path in _LIMITS if (limit := _read_limit(path)))])


def data_bytes(data: Path) -> int:
    """The size of the tables and indexes, 0 where there are none yet. What goes meanwhile is not counted."""
    total = 0
    for folder, _folders, names in os.walk(data / "base"):
        for name in names:
            try:
                total += os.stat(f"{folder}/{name}").st_size  # noqa: PTH116 - some thousand files before each start
            except OSError:
                continue
    return total


def _read_limit(path: Path) -> int:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):  # there is none, or it is "max"
        return 0


def _shown(size: int) -> str:
    return f"{size // _MB}MB"
