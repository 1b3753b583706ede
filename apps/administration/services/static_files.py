"""Collects the static files, hashed and compressed, only when they changed."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def collect_static_files() -> int:
    """Collect into STATIC_ROOT and return how many files it took, 0 where nothing changed. Two at once: the second waits."""
    root = Path(settings.STATIC_ROOT)
    root.parent.mkdir(parents=True, exist_ok=True)
    # Beside the folder, not in it: everything in there is served.
    note = root.with_name(f"{root.name}.inputs")
    with _locked(root.with_name(f"{root.name}.lock")):
        sources = {name: Path(path) for name, path in _find_sources()}
        inputs = _fingerprint(sources)
        if note.exists() and note.read_text(encoding="ascii") == inputs and (root / "staticfiles.json").exists():
            return 0
        # Old files stay: a process that started before may still be asked for them.
        call_command("collectstatic", interactive=False, verbosity=0)
        note.write_text(inputs, encoding="ascii")
    return len(sources)


def _find_sources() -> Iterator[tuple[str, str]]:
    for finder in get_finders():
        for name, storage in finder.list(["CVS", ".*", "*~"]):
            yield name, storage.path(name)


def _fingerprint(sources: dict[str, Path]) -> str:
    digest = hashlib.sha256()
    for name, path in sorted(sources.items()):
        digest.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
