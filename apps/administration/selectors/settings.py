"""The settings in force, as somebody may see them who is not to see secrets."""

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings

# A name and password within an address, which nobody declared as secret.
_IN_ADDRESS = re.compile(r"(?<=://)[^/@\s]+@")
SET, NOT_SET = "set", "not set"


@dataclass(frozen=True, slots=True)
class Setting:
    """`value` of a secret says only whether it is set. `problem`: what is set cannot be read, so the default counts."""

    name: str
    value: str
    is_default: bool
    is_secret: bool
    problem: str = ""


def list_settings() -> list[Setting]:
    """Return every variable that the settings read, by name; those that point to a secret's file stand for the secret."""
    # Any: its class is of the floor above.
    environment: Any = settings.QUIRE_ENVIRONMENT
    problems = {problem.name.removesuffix("_FILE"): problem.message for problem in environment.problems}
    names = sorted(name for name in environment.known if not _is_file_of_secret(environment, name))
    return [_setting(environment, name, problems.get(name, "")) for name in names]


def _setting(environment: Any, name: str, problem: str) -> Setting:
    default = environment.known[name]
    given = environment.values.get(name, "").strip()
    if f"{name}_FILE" in environment.known:
        is_set = bool(given or environment.values.get(f"{name}_FILE", "").strip())
        return Setting(name, SET if is_set else NOT_SET, not is_set, True, problem)
    value = default if problem or not given else given
    return Setting(name, _IN_ADDRESS.sub("…@", value), value == default, False, problem)


def _is_file_of_secret(environment: Any, name: str) -> bool:
    return name.endswith("_FILE") and name.removesuffix("_FILE") in environment.known
