"""Which machines the wheels with Postgres and Valkey are made for."""

import os
import platform

from config.embedded.errors import EmbeddedError


def require_supported_machine() -> None:
    machine = platform.machine().lower()
    is_supported = platform.system() == "Linux" and machine in {"x86_64", "amd64", "aarch64", "arm64"} and _has_glibc()
    if not is_supported:
        raise EmbeddedError(f"the embedded services need Linux with glibc on x86_64 or aarch64, this is {platform.system()} on {machine}: use compose.yaml")


def _has_glibc() -> bool:
    try:
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc")
    except (ValueError, OSError):
        return False
