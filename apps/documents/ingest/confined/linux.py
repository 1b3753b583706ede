"""The few calls of Linux that Python has no name for."""

import contextlib
import ctypes
import os
import signal
import struct
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_CAPABILITIES_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


# Any: each call has arguments of its own.
def call(number: int, *arguments: Any) -> int:
    """Call the kernel by number: -1 and ctypes.get_errno() where it refuses."""
    wide = [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments]
    result: int = _libc.syscall(ctypes.c_long(number), *wide)
    return result


def prctl(option: int, value: int = 0) -> None:
    """Raises OSError where the kernel refuses."""
    if _libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)):
        raise OSError(ctypes.get_errno(), "prctl")


def die_with_parent(parent: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Let the kernel send `how` when `parent` dies; it may have died already."""
    prctl(_PR_SET_PDEATHSIG, how)
    if os.getppid() != parent:
        os._exit(0)


def adopt_orphans() -> None:
    """What a child leaves running becomes this process's to end."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def never_gain_rights() -> None:
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def let_nobody_look() -> None:
    """No other process of the same user may trace this one or read its memory, and it leaves no core."""
    prctl(_PR_SET_DUMPABLE, 0)


def give_up_rights() -> None:
    """Give up all that root may do besides owning its files. Nothing to give up is as good."""
    header, none = struct.pack("Ii", _CAPABILITIES_3, 0), bytes(24)
    if _libc.capset(header, none):
        raise OSError(ctypes.get_errno(), "capset")


def leave_network() -> bool:
    """Move this process, and what it forks later, into a network without any connection; False where it may not.

    An ordinary user gets there only as the root of a space of users that is empty but for themselves.
    """
    if _libc.unshare(_CLONE_NEWNET) == 0:
        return True
    user, group = os.geteuid(), os.getegid()
    if _libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET):
        return False
    with contextlib.suppress(OSError):
        Path("/proc/self/setgroups").write_bytes(b"deny")
        Path("/proc/self/uid_map").write_bytes(b"%d %d 1" % (user, user))
        Path("/proc/self/gid_map").write_bytes(b"%d %d 1" % (group, group))
    return True


def be_ended_first() -> None:
    """When memory runs out, the kernel ends this process rather than a database."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_bytes(b"800")
