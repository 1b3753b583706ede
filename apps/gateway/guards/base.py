"""What a guard is: a name and a way to find things in a text. What is done about them is policy, and is decided in `screening.py`.

To add one: a file with a class or function that finds, its rules and their labels here, and a row in README.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

OFF, FLAG, MASK, BLOCK = "off", "flag", "mask", "block"
# What is done without a policy: what nobody can see, and what would be fetched or clicked, is taken out.
REMOVE = "remove"

INVISIBLE, SECRETS, PERSONAL_DATA, PROHIBITED, INJECTION, LINKS = "invisible", "secrets", "personal_data", "prohibited", "injection", "links"
# The order in which a text is looked at. Invisible characters would hide things from the others; a secret may hold what looks like a number.
ORDER = (INVISIBLE, SECRETS, PERSONAL_DATA, PROHIBITED, INJECTION, LINKS)


@dataclass(frozen=True, slots=True)
class Match:
    """A place in a text. Never the text itself, so that it can be logged by mistake."""

    start: int
    end: int
    rule: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found in one call, and what was done about it."""

    guard: str
    rule: str
    count: int
    action: str

    @property
    def name(self) -> str:
        return f"{self.guard}.{self.rule}"


class Finder(Protocol):
    """Find all places in a text, by their start, none over another. Pure, and quick where there is nothing."""

    def __call__(self, text: str) -> Sequence[Match]: ...


# What people are told was found. A rule that is not here is told by its guard's.
LABELS = {
    PERSONAL_DATA: "personal data",
    "personal_data.email": "an e-mail address",
    "personal_data.phone": "a telephone number",
    "personal_data.iban": "a bank account number (IBAN)",
    "personal_data.card": "a payment card number",
    "personal_data.national_id": "a personal identity number",
    SECRETS: "a password, key or token",
    "secrets.private_key": "a private key",
    "secrets.password": "a password",
    PROHIBITED: "words that are not allowed here",
    INJECTION: "instructions that try to change how the model works",
}


def label_of(guard: str, rule: str) -> str:
    return LABELS.get(f"{guard}.{rule}") or LABELS[guard]


def without_overlaps(matches: Sequence[Match], taken: Sequence[Match] = ()) -> list[Match]:
    """By their start. Of two that share a place the one that is named first stays; whatever touches `taken` goes."""
    kept: list[Match] = []
    for match in matches:
        if all(match.end <= other.start or other.end <= match.start for other in (*taken, *kept)):
            kept.append(match)
    return sorted(kept, key=lambda match: match.start)
