"""The one reader of environment variables: typed, with `*_FILE` for secrets.

A value that cannot be read never stops the process here: the default is taken and the problem is kept, so that
`manage.py check` can show every one of them at once, each with a hint.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")

# Read by the tests and not by the product.
OF_THE_TESTS = frozenset({"QUIRE_CHROMIUM", "QUIRE_REQUIRE_BROWSER", "QUIRE_REQUIRE_OCR", "QUIRE_TEST_VAR"})


@dataclass(frozen=True)
class Problem:
    """A variable that could not be read as what it should be."""

    name: str
    message: str
    hint: str


@dataclass
class Environment:
    """Reads variables by type and remembers every name it was asked for."""

    values: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        return self._raw(name, default) or default

    def integer(self, name: str, default: int, *, minimum: int = 0, maximum: int | None = None) -> int:
        raw = self._raw(name, str(default))
        if not raw:
            return default
        if not _WHOLE_NUMBER.fullmatch(raw) or int(raw) < minimum:
            self._complain(name, f"is not a whole number of at least {minimum}", f"Set it to a number such as {default}, or remove it.")
            return default
        if maximum is not None and int(raw) > maximum:
            self._complain(name, f"is more than {maximum}", f"Set it to a number such as {default}, or remove it.")
            return default
        return int(raw)

    def decimal(self, name: str) -> Decimal | None:
        """An amount of 0 or more; None where it is not given, which is not 0."""
        raw = self._raw(name, "")
        if raw and not re.fullmatch(r"[0-9]{1,8}(\.[0-9]{1,6})?", raw):
            self._complain(name, "is not an amount such as 2.50", "Write digits, with a point and up to six places, or remove it.")
            return None
        return Decimal(raw) if raw else None

    def flag(self, name: str, default: bool = False) -> bool:
        raw = self._raw(name, "1" if default else "0").lower()
        if raw in {"1", "true", "yes", "on"}:
            return True
        if raw in {"", "0", "false", "no", "off"}:
            return default if raw == "" else False
        self._complain(name, "is neither on nor off", "Use 1 or 0.")
        return default

    def items(self, name: str) -> list[str]:
        """A list parted by commas."""
        return [part.strip() for part in self._raw(name, "").split(",") if part.strip()]

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        raw = self._raw(name, default) or default
        if raw not in allowed:
            self._complain(name, f"is none of {', '.join(allowed)}", f"Set it to one of them, or remove it for {default}.")
            return default
        return raw

    def word(self, name: str, default: str, pattern: str, hint: str) -> str:
        """A value of this form, as a whole; empty stays empty."""
        raw = self._raw(name, default) or default
        if raw and not re.fullmatch(pattern, raw):
            self._complain(name, "is not of the form that it has to have", hint)
            return default
        return raw

    def address(self, name: str, default: str, schemes: tuple[str, ...]) -> str:
        """An address with one of these schemes; empty stays empty."""
        raw = self._raw(name, default) or default
        if raw and raw.partition("://")[0] not in schemes:
            self._complain(name, f"does not begin with {' or '.join(f'{s}://' for s in schemes)}", "Write the whole address, scheme included.")
            return default
        if raw and not _has_host(raw):
            self._complain(name, "is no address of a server", "Write it like https://quire.example.org or http://127.0.0.1:9000.")
            return default
        return raw

    def secret(self, name: str, default: str = "") -> str:
        """A value, or the content of the file that `NAME_FILE` points to (which wins)."""
        path = self._raw(f"{name}_FILE", "")
        if not path:
            return self._raw(name, default) or default
        self.known.setdefault(name, default)
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            self._complain(f"{name}_FILE", "points to a file that cannot be read", "Check the path and the file's owner and mode.")
            return default

    def strangers(self) -> list[str]:
        """Variables that begin with QUIRE_ and that nothing reads: most often a slip of the pen."""
        return sorted(name for name in self.values if name.startswith("QUIRE_") and name not in {*self.known, *OF_THE_TESTS})

    def _raw(self, name: str, default: str) -> str:
        self.known[name] = default
        return self.values.get(name, default).strip()

    def _complain(self, name: str, message: str, hint: str) -> None:
        self.problems.append(Problem(name, message, hint))


def _has_host(address: str) -> bool:
    """Whether it names a server, and a port that there can be."""
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and parts.port != 0 and not re.search(r"\s", address)
    except ValueError:
        return False
