"""Has the kernel refuse every call that reading a file does not need.

A list of what is allowed, because no list of what is dangerous stays whole. What is refused gets "not permitted" rather than a
signal, so that libraries fail politely. A filter holds for all that is forked or executed later, and cannot be taken off.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Collection, Sequence

from apps.documents.ingest.confined.linux import call
from apps.documents.ingest.confined.syscalls import ALWAYS, FCNTL_COMMANDS, IOCTL_COMMANDS, LIMITED, NEWEST, PROGRAMS, numbers

_SET_MODE_FILTER, _GET_ACTION_AVAIL = 1, 2
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
# Where struct seccomp_data has them. Of an argument the lower half: the kernel reads no more of these.
_NUMBER_AT, _ARCH_AT, _ARGUMENTS_AT = 0, 4, 16
_X32 = 0x40000000
# Of O_TMPFILE the bit that nothing else has. A file without a name takes room that nobody sees who looks into the folder.
_UNNAMED = 0x400000
# Where a call that opens has its flags.
_FLAGS_OF_OPENING = {"open": 1, "openat": 2}
# By machine: the audit name of its calls, and the column of its numbers.
_MACHINES = {"x86_64": (0xC000003E, 1), "aarch64": (0xC00000B7, 2)}
Instruction = tuple[int, int, int, int]

# Who starts programs for a child, and these programs themselves.
HELPER = frozenset({"clone", "fork", "vfork", "execve", "seccomp", "kill"})
PROGRAM = frozenset({"execve"})


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def is_there() -> bool:
    """Tell whether this kernel filters calls, and this machine's are known here."""
    return _machine() is not None and call(_number("seccomp"), _GET_ACTION_AVAIL, 0, ctypes.byref(ctypes.c_uint32(_ERRNO))) == 0


def allow_only(also: Collection[str] = ()) -> None:
    """Let this process do what reading needs, and what `also` names. Raises OSError; nothing is refused then."""
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in make_filter(_MACHINES[os.uname().machine], also, os.getpid()))
    program = _Program(len(code) // 8, code)
    if call(_number("seccomp"), _SET_MODE_FILTER, 0, ctypes.byref(program)):
        raise OSError(ctypes.get_errno(), "seccomp")


def make_filter(machine: tuple[int, int], also: Collection[str], pid: int) -> list[Instruction]:
    """Return the filter's instructions; `pid` is the only process that may be sent signals, unless `also` names "kill"."""
    arch, column = machine
    limited, programs = numbers(LIMITED, column), numbers(PROGRAMS, column)
    made = [
        (_LOAD, 0, 0, _ARCH_AT),
        *((_IF_EQUAL, 1, 0, arch), _refuse(errno.EPERM)),
        (_LOAD, 0, 0, _NUMBER_AT),
        *((_IF_AT_LEAST, 0, 1, _X32), _refuse(errno.EPERM)),
        *((_IF_AT_LEAST, 0, 1, NEWEST + 1), _refuse(errno.ENOSYS)),
        # Its flags lie in memory, where no filter sees them; glibc takes `clone` then.
        *((_IF_EQUAL, 0, 1, programs["clone3"]), _refuse(errno.ENOSYS)),
    ]
    for name, argument in _FLAGS_OF_OPENING.items():
        if name in limited:
            made += _without(limited[name], argument, _UNNAMED)
    free = {**numbers(ALWAYS, column), **{name: number for name, number in (limited | programs).items() if name in also}}
    for number in free.values():
        made += [(_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    made += _only(limited["ioctl"], 1, IOCTL_COMMANDS)
    made += _only(limited["fcntl"], 1, FCNTL_COMMANDS)
    # Its own limits, not those of other processes.
    made += _only(limited["prlimit64"], 0, (0, pid))
    for name in ("kill", "tgkill", "tkill"):
        made += _only(limited[name], 0, (pid,))
    return [*made, _refuse(errno.EPERM)]


def _only(number: int, argument: int, values: Sequence[int]) -> list[Instruction]:
    """Allow a call where one of its arguments has one of these values."""
    tests = [step for value in values for step in ((_IF_EQUAL, 0, 1, value), (_RETURN, 0, 0, _ALLOW))]
    body = [(_LOAD, 0, 0, _ARGUMENTS_AT + 8 * argument), *tests, _refuse(errno.EPERM)]
    return [(_IF_EQUAL, 0, len(body), number), *body]


def _without(number: int, argument: int, bits: int) -> list[Instruction]:
    """Allow a call where one of its arguments has none of these bits."""
    body = [(_LOAD, 0, 0, _ARGUMENTS_AT + 8 * argument), (_IF_ANY_BIT, 0, 1, bits), _refuse(errno.EPERM), (_RETURN, 0, 0, _ALLOW)]
    return [(_IF_EQUAL, 0, len(body), number), *body]


def _refuse(number: int) -> Instruction:
    return (_RETURN, 0, 0, _ERRNO | number)


def _machine() -> tuple[int, int] | None:
    return _MACHINES.get(os.uname().machine) if struct.calcsize("P") == 8 else None


def _number(name: str) -> int:
    return numbers(PROGRAMS, _MACHINES[os.uname().machine][1])[name]
