"""What a guard is: a name and a way to find things in a text. What is done about them is policy, and is decided in `screening.py`.

What was found is told by "guard.rule": how often in `Call.found`, what was done about it in `Call.acted`.
"""

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

OFF, FLAG, MASK, BLOCK = "off", "flag", "mask", "block"
# What is done without a policy: what nobody can see, and what would be fetched or clicked, is taken out.
REMOVE = "remove"

INVISIBLE, SECRETS, PERSONAL_DATA, PROHIBITED, INJECTION, LINKS = "invisible", "secrets", "personal_data", "prohibited", "injection", "links"


@dataclass(frozen=True, slots=True)
class Match:
    """A place in a text. Never the text itself, so that it can be logged by mistake."""

    start: int
    end: int
    rule: str


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
    # Those that stay lie apart, so a new one can only touch its neighbours: a list of a thousand addresses takes no million looks.
    busy = sorted((match.start, match.end) for match in taken)
    for match in matches:
        at = bisect(busy, (match.start, match.end))
        if (at == 0 or busy[at - 1][1] <= match.start) and (at == len(busy) or match.end <= busy[at][0]):
            busy.insert(at, (match.start, match.end))
            kept.append(match)
    return sorted(kept, key=lambda match: match.start)
