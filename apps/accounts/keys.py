"""The text of an API key: `qk_<env>_<id>_<secret><crc>`. Pure: nothing here knows of rows or requests.

The CRC-32 tells a typo or a key that was cut off without asking the database, and lets secret scanners tell a key from noise.
It is no protection: that is the secret, of which only the digest of the whole key is kept.
"""

import hashlib
import re
import secrets
import zlib
from dataclasses import dataclass, field

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ID_CHARS = 12
SECRET_CHARS = 32  # 190.5 bits
CRC_CHARS = 6  # 62 ** 6 > 2 ** 32
ENVIRONMENT = re.compile(r"[a-z0-9]{2,12}")

_FORM = re.compile(rf"(qk_({ENVIRONMENT.pattern})_([0-9A-Za-z]{{{ID_CHARS}}})_[0-9A-Za-z]{{{SECRET_CHARS}}})([0-9A-Za-z]{{{CRC_CHARS}}})")


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made. `text` is shown once and kept nowhere, this object's own repr included."""

    public_id: str
    digest: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ParsedKey:
    """A well-formed key: which row to look for, and what its digest has to be."""

    public_id: str
    digest: str


def make_key_text(environment: str) -> NewKey:
    public_id = _random(ID_CHARS)
    body = f"qk_{environment}_{public_id}_{_random(SECRET_CHARS)}"
    text = body + checksum(body)
    return NewKey(public_id, digest_of(text), text)


def parse_key(text: str, environment: str) -> ParsedKey | None:
    """Return what `text` says, or None unless it is a key of this environment to the last character."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    body, named, public_id, crc = match.groups()
    if named != environment or crc != checksum(body):
        return None
    return ParsedKey(public_id, digest_of(text))


def checksum(body: str) -> str:
    """CRC-32 in base 62, the highest digit first."""
    number, digits = zlib.crc32(body.encode("ascii")), ""
    for _ in range(CRC_CHARS):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits


def digest_of(text: str) -> str:
    """SHA-256 in hex. The secret is random, so nothing slower is needed to keep it from being guessed."""
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
