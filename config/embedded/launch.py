"""Becomes a server process: a session of its own, a log file, a lock that lives as long as it does, another user id.

Runs as a script in a bare interpreter (`python -I -S launch.py …`): between fork and exec of a program with threads
this work would not be safe. Nothing but the standard library may be imported.
"""

import argparse
import ctypes
import fcntl
import os
import signal
import sys

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
LOCK_HELD = 75  # exit code: a process that was started with this lock still lives
NO_NAMESPACE = 76


def enter_namespace(inner_id: int) -> None:
    """Make this process, which is root outside, appear as `inner_id` to itself: Postgres refuses to run as root.

    Root's files stay its own, so the data folder needs no other owner and no wider mode.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWUSER) != 0:
        sys.stderr.write(f"user namespace refused: {os.strerror(ctypes.get_errno())}\n")
        sys.exit(NO_NAMESPACE)
    try:
        # A process may only map its groups once it has given up changing them: user_namespaces(7).
        for name, line in (("setgroups", "deny"), ("gid_map", f"{inner_id} {outer_gid} 1"), ("uid_map", f"{inner_id} {outer_uid} 1")):
            with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 - pathlib costs 10 ms here
                file.write(line)
    except OSError as error:
        sys.stderr.write(f"user namespace refused: {error}\n")
        sys.exit(NO_NAMESPACE)


def become(uid: int, gid: int) -> None:
    """Give root up for good."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def hold_lock(path: str) -> None:
    """Take a lock that the server and all its children inherit: it is free only when the last of them is gone."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(LOCK_HELD)
    os.set_inheritable(descriptor, True)


def die_with_parent() -> None:
    """Ask the kernel for a SIGTERM when the parent is gone, however it went."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)


def redirect(log: str) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lock")
    parser.add_argument("--log")
    parser.add_argument("--folder")
    parser.add_argument("--die-with-parent", action="store_true")
    parser.add_argument("--inner-id", type=int)
    parser.add_argument("--user", help="uid:gid")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    if options.die_with_parent:
        die_with_parent()
    if options.lock:
        os.umask(0o077)
        hold_lock(options.lock)
    if options.log:
        os.setsid()
        redirect(options.log)
    if options.inner_id is not None:
        enter_namespace(options.inner_id)
    if options.user:
        uid, gid = options.user.split(":")
        become(int(uid), int(gid))
    if options.folder:
        os.chdir(options.folder)
    os.execv(options.command[0], options.command)


if __name__ == "__main__":
    main()
