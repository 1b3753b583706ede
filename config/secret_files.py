"""Secrets that Quire makes for itself: one file each under var/secrets, readable by its owner only."""

import os
import secrets
from pathlib import Path


def kept_secret(var: Path, name: str) -> str:
    """Return the secret of this name, made on first use. Two processes that make it at once agree on one value."""
    path = var / "secrets" / name
    if path.exists():
        return path.read_text(encoding="ascii").strip()
    var.mkdir(parents=True, exist_ok=True)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_name(f".{name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        os.link(draft, path)  # fails where another process was first; its value is the one
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text(encoding="ascii").strip()
