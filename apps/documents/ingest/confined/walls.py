"""The walls around a child. Each makes the next one's failure matter less; each holds for all that the child starts.

The kernel has a means or not: without one, the others stand, and a system check tells the operator. But a means that is there
and fails ends the reading.
"""

import mimetypes
import os
import sys
import sysconfig
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from apps.documents.ingest.confined import landlock, seccomp
from apps.documents.ingest.confined.landlock import Rule
from apps.documents.ingest.confined.limits import limit_this_process
from apps.documents.ingest.confined.linux import be_ended_first, give_up_rights, leave_network, let_nobody_look, never_gain_rights

_APPS = Path(__file__).resolve().parents[3]
_LIBRARIES = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache")
_PROGRAM_DATA = ("/usr/share/tesseract-ocr", "/usr/share/tessdata", "/usr/local/share/tessdata")
_SHARED = ("/usr/share/fonts", "/usr/share/zoneinfo", "/usr/share/mime", "/etc/mime.types", "/etc/localtime", "/dev/urandom")
_LOADERS = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-x86_64.so.1", "/lib/ld-musl-aarch64.so.1")


@dataclass(frozen=True, slots=True)
class Means:
    """What this kernel has to hold a process back."""

    seccomp: bool
    landlock: int


def find_means() -> Means:
    return Means(seccomp.is_there(), landlock.version())


class Walls:
    """Found out once in the server, built in each child."""

    def __init__(self) -> None:
        self.means = find_means()
        self.has_no_network = leave_network()
        python = {Path(path) for name, path in sysconfig.get_paths().items() if name in ("stdlib", "platstdlib", "purelib", "platlib")}
        # The checkout is on it, too: of that only the code is shown, not `var` with its secrets.
        python |= {path for path in map(Path, sys.path) if path.is_absolute() and path not in _APPS.parents}
        paths = [*sorted(python), _APPS, *map(Path, (*_LIBRARIES, *_SHARED, *mimetypes.knownfiles))]
        self._readable = [*(Rule(path, landlock.READ) for path in paths), Rule(Path(sys.executable).resolve(), landlock.READ)]
        self._readable.append(Rule(Path(os.devnull), landlock.USE))

    def build(self, file: int, folder: Path) -> None:
        """Keep this process to `file`, an open one, and to `folder`. Raises OSError."""
        self._build([Rule(file, landlock.READ), Rule(folder, landlock.OWN)], ())

    def build_for_helper(self, program: Path) -> None:
        """Keep this process to starting `program`, which reads its own data and writes nothing."""
        rules = [Rule(path, landlock.EXECUTE) for path in (program, *map(Path, _LOADERS))]
        self._build([*rules, *(Rule(Path(path), landlock.READ) for path in _PROGRAM_DATA)], seccomp.HELPER)

    def build_for_program(self) -> None:
        """In the helper's child, before it becomes the program: it starts no other process."""
        if self.means.seccomp:
            seccomp.allow_only(seccomp.PROGRAM)

    def _build(self, rules: Iterable[Rule], calls: Collection[str]) -> None:
        be_ended_first()
        limit_this_process()
        never_gain_rights()
        let_nobody_look()
        give_up_rights()
        if self.means.landlock:
            landlock.show_only([*self._readable, *rules])
        if self.means.seccomp:
            seccomp.allow_only(calls)
