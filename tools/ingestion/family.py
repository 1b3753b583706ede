"""The processes of a running product: which is which, what they hold in memory, and whether they still live."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.bench_memory import command_of, family, is_running, read_memory

_WORKER = "-A config --quiet worker"
_READER = "apps.documents.ingest.confined.server"


@dataclass(frozen=True)
class Workers:
    """The worker's parent, its pool, the fork server, and the children that read files."""

    parent: int
    pool: tuple[int, ...]
    server: int
    readers: tuple[int, ...]

    @property
    def steady(self) -> set[int]:
        """Those that no file may end."""
        return {self.parent, *self.pool, self.server} - {0}


def find_workers(product: int) -> Workers:
    """Return who works in the product of this process id; 0 where there is none yet."""
    members = [pid for pid in family(product) if is_running(pid)]
    named = {pid: _command(pid) for pid in members}
    parents = {pid: parent_of(pid) for pid in members}
    celery = [pid for pid, command in named.items() if _WORKER in command and command.startswith(("python", "/"))]
    parent = next((pid for pid in celery if parents[pid] not in celery), 0)
    servers = [pid for pid, command in named.items() if _READER in command]
    server = next((pid for pid in servers if parents[pid] not in servers), 0)
    pool = tuple(pid for pid in celery if parents[pid] == parent)
    return Workers(parent, pool, server, tuple(pid for pid in servers if parents[pid] == server))


def parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def holder_of(lock: Path) -> int:
    """The process that holds a lock of `services/slots.py`; 0 where nobody does."""
    try:
        number = lock.stat().st_ino
    except OSError:
        return 0
    for line in Path("/proc/locks").read_text().splitlines():
        fields = line.split()
        if "FLOCK" in fields and "->" not in fields and int(fields[5].rpartition(":")[2]) == number:
            return int(fields[4])
    return 0


def members_of(pids: Iterable[int]) -> set[int]:
    return {member for pid in pids if pid for member in family(pid)}


class Watch(threading.Thread):
    """Samples what the worker and everything below it hold, until it is stopped."""

    def __init__(self, pid: int, pause: float = 0.2) -> None:
        super().__init__(daemon=True)
        self.pid, self.pause = pid, pause
        self.peak_pss_mb = self.peak_rss_mb = 0.0
        self.samples = 0
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.is_set():
            sums = [0.0, 0.0]
            for member in family(self.pid):
                try:
                    pss, rss = read_memory(member)
                except (OSError, KeyError):
                    continue
                sums = [sums[0] + pss, sums[1] + rss]
            self.peak_pss_mb, self.peak_rss_mb = max(self.peak_pss_mb, sums[0]), max(self.peak_rss_mb, sums[1])
            self.samples += 1
            time.sleep(self.pause)

    def stop(self) -> None:
        self._over.set()
        self.join()


def _command(pid: int) -> str:
    try:
        return command_of(pid)
    except OSError:
        return ""
