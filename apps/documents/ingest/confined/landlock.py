"""Shows a process only these files and folders, and lets it reach no network and signal nobody outside.

Landlock needs no rights of an administrator. What a kernel's version of it does not know is not asked of it.
"""

import contextlib
import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from apps.documents.ingest.confined.linux import call

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_VERSION_FLAG, _PATH_BENEATH = 1, 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_FILE, _TRUNCATE, _DEVICE_CALLS = 1 << 8, 1 << 14, 1 << 15
# All that each version can refuse: files, then from the fourth on TCP, from the sixth on abstract sockets and signals.
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
_NETWORK, _SCOPES = 0b11, 0b11
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _DEVICE_CALLS

READ = _READ_FILE | _READ_FOLDER
# Plain files only: no folders, links, pipes or sockets. They stay: one that is removed while it is open takes room that nobody sees.
OWN = READ | _WRITE_FILE | _MAKE_FILE | _TRUNCATE
EXECUTE = _READ_FILE | _EXECUTE
USE = _READ_FILE | _WRITE_FILE


@dataclass(frozen=True, slots=True)
class Rule:
    """What may be done with `path` and all beneath it. What is not there, or cannot be reached, needs no rule."""

    path: Path | int
    rights: int


def version() -> int:
    """Return which Landlock this kernel has; 0 where it has none."""
    return max(0, call(_CREATE, None, ctypes.c_size_t(0), _VERSION_FLAG))


def show_only(rules: Iterable[Rule]) -> None:
    """Refuse this process all files but these, for good. Raises OSError; nothing is refused then."""
    known = version()
    handled = _FILE_RIGHTS[min(known, max(_FILE_RIGHTS))]
    attributes = struct.pack("QQQ", handled, _NETWORK if known >= 4 else 0, _SCOPES if known >= 6 else 0)
    size = 24 if known >= 6 else 16 if known >= 4 else 8
    ruleset = _check(call(_CREATE, attributes, ctypes.c_size_t(size), 0))
    try:
        for rule in rules:
            _add(ruleset, rule, handled)
        _check(call(_RESTRICT, ruleset, 0))
    finally:
        os.close(ruleset)


def _add(ruleset: int, rule: Rule, handled: int) -> None:
    if isinstance(rule.path, int):
        _add_open(ruleset, rule.path, rule.rights & handled)
        return
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
        place = os.open(rule.path, os.O_PATH | os.O_CLOEXEC)
        try:
            _add_open(ruleset, place, rule.rights & handled)
        finally:
            os.close(place)


def _add_open(ruleset: int, place: int, rights: int) -> None:
    if not stat.S_ISDIR(os.fstat(place).st_mode):
        rights &= _OF_FILES
    _check(call(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, place), 0))


def _check(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), "landlock")
    return result
