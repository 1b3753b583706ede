"""Remembers what the last start prepared, so that the next one with the same inputs prepares nothing."""

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.build import ROOT, fingerprint


@dataclass(frozen=True)
class Prepared:
    """The note of a `var`: for which inputs tables, administrator, model, pages and handbook are there, and who signs in."""

    var: Path
    inputs: str

    @property
    def note(self) -> Path:
        return self.var / "run" / "prepared"

    def read_email(self) -> str:
        """Return the first administrator's address where these very inputs are prepared, else an empty string."""
        try:
            inputs, email = self.note.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            return ""
        return email if inputs == self.inputs else ""

    def write(self, email: str) -> None:
        self.note.write_text(f"{self.inputs}\n{email}\n", encoding="utf-8")


def find_inputs(var: Path, environment: Mapping[str, str]) -> Prepared:
    """Gather everything that `manage.py prepare --build` depends on."""
    migrations = sorted((ROOT / "apps").glob("*/migrations/*.py"))
    embedder = sorted((ROOT / "apps/gateway/providers/embedded").glob("*.py"))
    files = [*migrations, *embedder, ROOT / "docs/handbook", ROOT / "static/dist", ROOT / "requirements/base.txt"]
    settings = sorted(f"{name}={value}" for name, value in environment.items() if name.startswith(("QUIRE_", "DATABASE_URL", "REDIS_URL")))
    outputs = (
        environment.get("QUIRE_STATIC_ROOT") or str(var / "static"),
        environment.get("QUIRE_MODELS_DIR") or str(var / "models"),
        str(var / "pg"),  # a cluster that was removed or restored is another one
    )
    identity = hashlib.sha256("\n".join(settings).encode()).hexdigest()
    return Prepared(var, fingerprint(files, sys.version, identity, *map(_inode, outputs)))


def _inode(path: str) -> str:
    try:
        return f"{path}:{Path(path).stat().st_ino}"
    except OSError:
        return f"{path}:absent"
