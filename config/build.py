"""Builds the front end with the Node of the wheel (`python -m config.build`), and only where its inputs changed."""

import argparse
import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_BUILT = ROOT / "var" / "build"
_LOG = _BUILT / "build.log"
_DIST = ROOT / "static" / "dist"
_PACKAGES = ("package.json", "package-lock.json", ".npmrc")


class BuildError(Exception):
    """A build failed; the text is one line and names the log."""


def fingerprint(paths: Iterable[Path], *more: str) -> str:
    """Return a number for the names and contents of files (folders: of all in them)."""
    digest = hashlib.sha256("\n".join(more).encode())
    files = {file for path in paths for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file()}
    for file in sorted(files):
        digest.update(os.fsencode(file.relative_to(ROOT)))
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def build_assets(report: Callable[[str], None] = print, *, has_tools: bool = False) -> None:
    """Install the packages and build static/dist, each only if its inputs changed. Two at once: the second waits, then finds it done.

    `has_tools` installs what checks the front end, too.
    """
    _BUILT.mkdir(parents=True, exist_ok=True)
    packages = fingerprint(ROOT / name for name in _PACKAGES)
    pages = _pages_fingerprint()
    with _locked():
        # Tools once installed are kept: a build must not take them from somebody at work.
        has_tools = has_tools or (ROOT / "node_modules/.bin/eslint").exists()
        usable = {packages + " tools"} if has_tools else {packages + " tools", packages}
        if _read("packages") not in usable or not (ROOT / "node_modules").is_dir():
            report("Installing the front end's packages")
            _run("npm", "ci", "--ignore-scripts", "--no-progress", *([] if has_tools else ["--omit=dev"]))
            _write("packages", packages + (" tools" if has_tools else ""))
        if not is_built():
            report("Building the front end")
            _run("npm", "run", "--silent", "build")
            _write("pages", pages)


def is_built() -> bool:
    return (_DIST / "app.css").exists() and _read("pages") == _pages_fingerprint()


def _pages_fingerprint() -> str:
    return fingerprint([ROOT / "static" / "src", ROOT / "tools" / "build_assets.mjs", *(ROOT / name for name in _PACKAGES)])


def _run(*command: str) -> None:
    with _LOG.open("ab") as log:
        begin = log.tell()
        # Lifecycle scripts stay off: nothing from a package runs but esbuild, by our own script.
        done = subprocess.run([str(ROOT / "tools" / "node"), *command], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
    if done.returncode:
        said = _LOG.read_bytes()[begin:].decode("utf-8", "replace")
        raise BuildError(f"`{' '.join(command)}` failed: {_find_cause(said)} (more in {_LOG})")


def _find_cause(said: str) -> str:
    """Return the line that matters: Node ends with its version and npm with the place of its log, the cause stands above."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    causes = [line for line in lines if "error" in line.lower() and not line.startswith("npm error code")]
    return (causes or lines or ["it said nothing"])[0]


@contextmanager
def _locked() -> Iterator[None]:
    with (_BUILT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read(name: str) -> str:
    try:
        return (_BUILT / name).read_text(encoding="ascii")
    except OSError:
        return ""


def _write(name: str, value: str) -> None:
    (_BUILT / name).write_text(value, encoding="ascii")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--with-tools", action="store_true", help="Install what checks the front end, too.")
    try:
        build_assets(has_tools=parser.parse_args().with_tools)
    except BuildError as error:
        sys.exit(f"Quire: {error}")
