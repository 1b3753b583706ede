"""Where the embedded services keep things: private folders under var, and one short folder for their sockets.

A unix socket's path may have 107 bytes, a checkout's may have more, so the sockets live under the run-time or the temp
folder. Folders that are not ours keep their modes.
"""

import fcntl
import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from config.embedded.errors import EmbeddedError

LONGEST_SOCKET_PATH = 107
LONGEST_LOG = 5_000_000
POSTGRES_SOCKET = ".s.PGSQL.5432"
VALKEY_SOCKET = "valkey.sock"
# Postgres parts its list of socket folders by commas, addresses have their own reserved characters: take plain paths only.
_PLAIN = re.compile(r"[A-Za-z0-9/._-]+")


def make_private(folder: Path) -> Path:
    """Make one folder only its owner may enter; its parents are made with the usual mode, existing ones left alone."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(f"cannot make {folder}: {error.strerror}") from error
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise EmbeddedError(f"{folder} cannot be written by this user; run as its owner, or set QUIRE_VAR to another folder")
    return folder


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Hold a lock against every other process; waits for it. The kernel drops it with the process, however that dies.

    Yields whether the lock's file is still the one at `path`: it may have been taken away while we waited.
    """
    descriptor = open_lock(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield path.exists() and os.path.samestat(os.fstat(descriptor), path.stat())
    finally:
        os.close(descriptor)


def open_lock(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise EmbeddedError(f"cannot open {path}: {error.strerror}") from error


def begin_log(log: Path) -> None:
    """Have a log file only its owner reads; a long one becomes the old one first."""
    if log.exists() and log.stat().st_size > LONGEST_LOG:
        log.replace(log.with_name(f"{log.name}.old"))
    log.touch(mode=0o600)


def socket_folder(var: Path) -> Path:
    """Return this var's own socket folder (0700, ours, short), made on first use.

    Its place is noted in var/run, so that a process with another XDG_RUNTIME_DIR finds the running services.
    """
    note = make_private(var / "run") / "sockets"
    name = f"quire-{os.geteuid()}-{hashlib.sha256(os.fsencode(var.resolve())).hexdigest()[:12]}"
    noted = _read_note(note)
    # A copied var carries the note of its original; the name tells.
    if noted and noted.name.startswith(name):
        with suppress(OSError):
            noted.mkdir(mode=0o700)
        if _is_usable(noted):
            return noted
    folder = _make_socket_folder(name)
    draft = note.with_name(f"sockets.{os.getpid()}")
    draft.write_text(str(folder), encoding="utf-8")
    draft.replace(note)
    return folder


def forget_socket_folder(var: Path) -> None:
    """Remove the socket folder once nothing listens in it; the note stays, so that the next start takes the same place."""
    folder = _read_note(var / "run" / "sockets")
    if folder and folder.name.startswith("quire-") and _is_usable(folder):
        for entry in folder.iterdir():
            entry.unlink()
        folder.rmdir()


def _read_note(note: Path) -> Path | None:
    try:
        return Path(note.read_text(encoding="utf-8"))
    except OSError:
        return None


def _make_socket_folder(name: str) -> Path:
    for base in (os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm"):  # noqa: S108 - 0700, owner checked
        # A name in a shared folder may be taken by somebody else: then a random one.
        fits = base and _PLAIN.fullmatch(base) and len(f"{base}/{name}-12345678/{POSTGRES_SOCKET}") <= LONGEST_SOCKET_PATH
        if not fits or not os.access(base, os.W_OK | os.X_OK):
            continue
        folder = Path(base) / name
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            if not _is_usable(folder):
                return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=base))
        except OSError:
            continue
        return folder
    raise EmbeddedError("no folder for sockets: neither XDG_RUNTIME_DIR nor the temp folder can be written")


def _is_usable(folder: Path) -> bool:
    """Ours, a real folder, closed to others. Root may also find one it gave to the user the database runs as."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    is_ours = status.st_uid == os.geteuid() or os.geteuid() == 0
    return stat.S_ISDIR(status.st_mode) and is_ours and stat.S_IMODE(status.st_mode) == 0o700
