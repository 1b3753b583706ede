"""The few calls of Linux that Python has no name for."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38

_libc = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value: int = 0) -> None:
    """Raises OSError where the kernel refuses."""
    if _libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def die_with_parent(parent: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Let the kernel send `how` when `parent` dies; it may have died already."""
    prctl(_PR_SET_PDEATHSIG, how)
    if os.getppid() != parent:
        os._exit(0)


def never_gain_rights() -> None:
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def let_nobody_look() -> None:
    """No other process of the same user may trace this one or read its memory, and it leaves no core."""
    prctl(_PR_SET_DUMPABLE, 0)


def adopt_orphans() -> None:
    """What a child leaves running becomes this process's to end."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)
