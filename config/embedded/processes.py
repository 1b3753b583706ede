"""Server processes seen from outside: start one, tell ours from a stranger with the same number, end it."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic, sleep

from config.embedded.errors import EmbeddedError
from config.embedded.launch import LOCK_HELD

LAUNCHER = Path(__file__).with_name("launch.py")
# A started server is its starter's child; it must be reaped, and must outlive the object that began it.
_children: dict[int, subprocess.Popen[bytes]] = {}


def launcher(*options: str) -> list[str]:
    """Return the command line that runs `launch.py` in a bare interpreter; the server's own command comes after it."""
    return [sys.executable, "-I", "-S", str(LAUNCHER), *options, "--"]


def spawn(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Start a server that outlives us; return its process id."""
    # The launcher opens the log itself once it may write it.
    child = subprocess.Popen(command, env=dict(environment), stdin=subprocess.DEVNULL, close_fds=True)
    adopt(child)
    return child.pid


def adopt(child: "subprocess.Popen[bytes]") -> None:
    """Keep a child until it is waited for."""
    _children[child.pid] = child


def adopted() -> frozenset[int]:
    """Return the children that are meant to outlive us."""
    return frozenset(_children)


def exit_code(pid: int) -> int | None:
    """Return how a child of ours ended; None while it runs, or where it is no child of ours."""
    child = _children.get(pid)
    return child.poll() if child else None


def explain_exit(name: str, code: int, log: Path) -> EmbeddedError:
    """Say in one line why a server did not stay up."""
    if code == LOCK_HELD:
        return EmbeddedError(f"{name} is still used by a process that cannot be seen from here (another container?); stop that one first")
    lines = [line for line in _tail(log) if line.strip()]
    said = next((line for line in reversed(lines) if "FATAL" in line), lines[-1] if lines else f"exit code {code}")
    return EmbeddedError(f"{name} did not start: {said.strip()} (more in {log})")


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state not in {"Z", "X"}


def works_in(pid: int, folder: Path) -> bool:
    """Tell whether a living process has its working folder here.

    Both servers change into their data folder, so this tells our server from a stranger that got its number after a crash.
    A folder that was removed under its server, and perhaps made anew, still counts.
    """
    try:
        place = os.readlink(f"/proc/{pid}/cwd")  # noqa: PTH115 - pathlib would not keep the kernel's remark
        is_here = place == f"{folder.resolve()} (deleted)" or Path(f"/proc/{pid}/cwd").samefile(folder)
    except OSError:
        return False
    return is_here and is_alive(pid)


def find_in(folder: Path, program: str) -> list[int]:
    """List the processes of this program that work in a folder, oldest first."""
    numbers = sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [pid for pid in numbers if _program(pid) == program and works_in(pid, folder)]


def wait_until_gone(pid: int, seconds: float) -> bool:
    """Wait for the end of a process, our child or not; reap it where it is ours."""
    deadline = monotonic() + seconds
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        handle = -1
    except OSError:  # an old kernel, or a sandbox without pidfd
        return _poll_until_gone(pid, deadline)
    if handle >= 0:
        try:
            ready, _, _ = select.select([handle], [], [], max(0.0, seconds))
        finally:
            os.close(handle)
        if not ready:
            return False
    _reap(pid)
    return True


def end(pid: int, steps: Sequence[tuple[signal.Signals, float]]) -> bool:
    """Send each signal in turn and wait its seconds, until the process is gone."""
    for number, seconds in steps:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            break
        if wait_until_gone(pid, seconds):
            return True
    return wait_until_gone(pid, 0)


def _poll_until_gone(pid: int, deadline: float) -> bool:
    while is_alive(pid):
        if monotonic() > deadline:
            return False
        sleep(0.02)
    _reap(pid)
    return True


def _reap(pid: int) -> None:
    child = _children.pop(pid, None)
    if child:
        child.wait()


def _program(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _tail(log: Path, size: int = 8192) -> list[str]:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - size))
            return file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return []
