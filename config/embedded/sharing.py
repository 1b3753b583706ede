"""How several processes share one set of servers: who uses them, who stops them.

Two locks under var/run: `services.lock` is held while servers are started or stopped; `users` is held, shared, by each
process that uses them. A lock goes with its process, however that ends, so there is nothing to count and nothing to mend.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from config.embedded.folders import forget_socket_folder, open_lock, socket_folder
from config.embedded.postgres import Postgres
from config.embedded.processes import adopt, end
from config.embedded.valkey import Valkey

LOCK = Path("run") / "services.lock"
USERS = Path("run") / "users"
JANITOR = Path("run") / "janitor"
# Present in a var that goes with its last user.
SCRATCH = Path("run") / "scratch"


def stop_if_unused(var: Path) -> bool:
    """Stop the servers unless a process still uses them. The caller holds the starter's lock."""
    users = open_lock(var / USERS)
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(users)
    sockets = socket_folder(var)
    Valkey(var, sockets).stop()
    Postgres(var, sockets).stop()
    forget_socket_folder(var)
    return True


def discard_scratch(var: Path) -> None:
    if (var / SCRATCH).exists():
        if (var / "pg").is_symlink():  # the system user's folder, with nothing but this var's own in it
            shutil.rmtree((var / "pg").resolve().parent, ignore_errors=True)
        # Out of the way first: whoever begins anew at this place meanwhile must lose nothing.
        gone = var.rename(var.with_name(f".{var.name}.{os.getpid()}"))
        shutil.rmtree(gone, ignore_errors=True)


def janitor_command(var: Path) -> list[str]:
    return [sys.executable, "-I", "-S", str(Path(__file__).with_name("janitor.py")), str(var / USERS), str(var)]


def start_janitor(var: Path) -> None:
    """Start it unless one is there already: it holds this lock all its life, and ends only under the starter's lock."""
    descriptor = open_lock(var / JANITOR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return
    environment = {"PATH": "/usr/bin:/bin"}
    with (var / "log" / "janitor.log").open("ab") as log:
        child = subprocess.Popen(
            janitor_command(var),
            cwd=Path(__file__).resolve().parents[2],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[descriptor],
            start_new_session=True,
        )
    os.truncate(descriptor, 0)
    os.write(descriptor, str(child.pid).encode())
    os.close(descriptor)  # the lock stays with the janitor
    adopt(child)


def stop_janitor(var: Path) -> None:
    """End it, so that the caller, who holds the starter's lock, may do its work."""
    descriptor = open_lock(var / JANITOR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        number = os.pread(descriptor, 16, 0).decode("ascii", "replace")
        if number.isdigit() and int(number) != os.getpid():
            end(int(number), ((signal.SIGTERM, 2.0), (signal.SIGKILL, 2.0)))
    finally:
        os.close(descriptor)
