"""Files of a folder on this machine, as they are added in bulk: one after the other, and none that the folder does not hold itself."""

import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from apps.common.errors import Invalid

# What systems and programs keep beside people's files; the page that folders are dropped on leaves out the same.
_LITTER = frozenset({"thumbs.db", "desktop.ini", "__macosx"})


@dataclass(frozen=True, slots=True)
class Found:
    """A file. `path` is where it lay, beginning with the name of the folder that was given."""

    file: Path
    path: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    def open(self) -> BinaryIO:
        """Open it for reading. Raises OSError, also for what became something else than a file since it was found."""
        opened = os.fdopen(_open_no_link(str(self.file), os.O_RDONLY | os.O_CLOEXEC), "rb")
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            opened.close()
            raise FileNotFoundError
        return opened


@dataclass(slots=True)
class LeftOut:
    """What was seen and is not taken, counted by why; folders that could not be opened by their paths."""

    counts: Counter[str] = field(default_factory=Counter)
    unopened: list[str] = field(default_factory=list)


def check_roots(roots: Sequence[Path]) -> None:
    """Raise Invalid where something is not there, or two would be one: what lies at one path is one document."""
    for root in roots:
        if not root.exists():
            raise Invalid(f"There is no {root}.")
    doubled = [name for name, count in Counter(root.resolve().name for root in roots).items() if count > 1]
    if doubled:
        raise Invalid(f"Two of the paths are called {doubled[0]}, so their files could not be told apart. Add them one by one, to collections of their own.")


def walk(roots: Sequence[Path], left_out: LeftOut, report: Path | None = None) -> Iterator[Found]:
    """Find the files of all `roots`, in order, but for the report that is being written. No more than the entries of the folders on the way down are held."""
    own = report and report.resolve()
    for found in _walk_roots(roots, left_out):
        if found.file == own:
            left_out.counts["report"] += 1
        else:
            yield found


def _walk_roots(roots: Sequence[Path], left_out: LeftOut) -> Iterator[Found]:
    for root in roots:
        top = root.resolve()
        if top.is_dir():
            yield from _walk_folder(top, left_out)
        elif top.is_file():
            yield Found(top, top.name)
        else:
            left_out.counts["special"] += 1


def _walk_folder(top: Path, left_out: LeftOut) -> Iterator[Found]:
    # A stack of our own: a tree may be deeper than Python's.
    stack = [_entries(top, top.name, left_out)]
    while stack:
        entry = next(stack[-1], None)
        if entry is None:
            stack.pop()
            continue
        file, path = entry
        mode = _mode_of(file)
        if _is_litter(file.name):
            left_out.counts["hidden"] += 1
        elif stat.S_ISDIR(mode):
            stack.append(_entries(file, path, left_out))
        elif stat.S_ISREG(mode):
            yield Found(file, path)
        elif stat.S_ISLNK(mode) and (inside := _inside(file, top)):
            yield Found(inside, path)
        else:
            left_out.counts["link" if stat.S_ISLNK(mode) else "special"] += 1


def _mode_of(file: Path) -> int:
    """Return what it is, a link as a link; 0 for what went away, or lies in a folder that may be listed and not entered."""
    try:
        return file.lstat().st_mode
    except OSError:
        return 0


def _entries(folder: Path, path: str, left_out: LeftOut) -> Iterator[tuple[Path, str]]:
    try:
        names = sorted(one.name for one in folder.iterdir())
    except OSError:
        left_out.unopened.append(path)
        return
    for name in names:
        yield folder / name, f"{path}/{name}"


def _is_litter(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower() in _LITTER


def _inside(link: Path, top: Path) -> Path | None:
    """Return the file that a link leads to, if that lies in the tree: a linked folder is found at its own place."""
    try:
        target = link.resolve(strict=True)
        return target if target.is_file() and target.is_relative_to(top) else None
    except (OSError, RuntimeError):
        return None


def _open_no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
