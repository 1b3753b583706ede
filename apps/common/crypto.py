"""Secrets in the database: sealed with AES-256-GCM, each bound to the very place that it stands in.

A sealed text is `v1:<key id>:<base64 of nonce and ciphertext>`. Table, row and column are associated data, so a text that was copied to
another row opens nowhere. Keys come from QUIRE_ENCRYPTION_KEYS, `id:secret` parted by commas: the first seals, all of them open, so a new
one is put in front and `manage.py seal_again` lets the old one go.
"""

import base64
import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models

from apps.common.errors import QuireError

_VERSION = "v1"
_NONCE_BYTES = 12


class CannotOpen(QuireError):
    """The key that sealed it is not among the settings', or the text was tampered with."""

    code, title = "cannot_open_secret", "A stored secret cannot be opened"


def seal(text: str, place: str) -> str:
    """Return `text` sealed for `place`, with the first key."""
    key_id, cipher = next(iter(_ciphers(settings.QUIRE_ENCRYPTION_KEYS).items()))
    nonce = os.urandom(_NONCE_BYTES)
    sealed = nonce + cipher.encrypt(nonce, text.encode(), place.encode())
    return f"{_VERSION}:{key_id}:{base64.b64encode(sealed).decode()}"


def unseal(sealed: str, place: str) -> str:
    """Return the text; raises CannotOpen for another place, an unknown key, or a text that is not whole."""
    try:
        version, key_id, body = sealed.split(":")
        raw = base64.b64decode(body, validate=True)
        if version != _VERSION:
            raise ValueError(version)
        return _ciphers(settings.QUIRE_ENCRYPTION_KEYS)[key_id].decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place.encode()).decode()
    except (ValueError, KeyError, InvalidTag):
        # Without its cause, which says what of the secret was wrong.
        raise CannotOpen(
            "A stored secret cannot be opened with the keys in QUIRE_ENCRYPTION_KEYS. An operator puts the old key back, or types it anew."
        ) from None


def first_key_id() -> str:
    return next(iter(_ciphers(settings.QUIRE_ENCRYPTION_KEYS)))


def key_id_of(sealed: str) -> str:
    return sealed.split(":")[1]


@lru_cache(maxsize=4)
def _ciphers(keys: str) -> dict[str, AESGCM]:
    """By id, in the order of the setting. Each secret is stretched, so that any long text will do."""
    pairs = [part.strip().partition(":") for part in keys.split(",") if part.strip()]
    return {key_id: AESGCM(HKDF(hashes.SHA256(), 32, None, b"quire encrypted field").derive(secret.encode())) for key_id, _, secret in pairs}


class Sealed(str):
    """As it stands in the database."""

    __slots__ = ()


if TYPE_CHECKING:
    # Generic in its stubs only; Any: what is assigned and what is read.
    _TextField = models.TextField[Any, Any]
else:
    _TextField = models.TextField


class _Opening:
    """The attribute: what was assigned, or what was read and is opened when somebody asks."""

    def __init__(self, field: "EncryptedTextField") -> None:
        self._field = field

    # Any: a descriptor of any model.
    def __get__(self, row: Any, owner: Any = None) -> Any:
        if row is None:
            return self
        value = row.__dict__[self._field.attname] if self._field.attname in row.__dict__ else self._load(row)
        return unseal(value, self._field.place_of(row)) if isinstance(value, Sealed) else value

    def __set__(self, row: Any, value: Any) -> None:
        row.__dict__[self._field.attname] = value

    def _load(self, row: Any) -> Any:
        row.refresh_from_db(fields=[self._field.attname])
        return row.__dict__[self._field.attname]


class EncryptedTextField(_TextField):
    """A text that the database never sees. Its row needs its primary key before it is saved, so one that is made here, such as a UUID.

    Nothing can be searched by it. Reading the attribute may raise CannotOpen; loading the row does not.
    """

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _Opening(self))

    def place_of(self, row: models.Model) -> str:
        return f"{row._meta.db_table}:{row.pk}:{self.column}"

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return Sealed(value) if value else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = model_instance.__dict__.get(self.attname)
        if not value or isinstance(value, Sealed):
            return value
        return Sealed(seal(value, self.place_of(model_instance)))

    def get_prep_value(self, value: Any) -> Any:
        """What reaches the database is sealed: `update()` and its like know no row, and would write a bare text down as it is."""
        if value and not isinstance(value, Sealed):
            raise TypeError(f"{self.name} is sealed when its row is saved, and nothing can be searched by it.")
        return super().get_prep_value(value)

    def value_to_string(self, obj: models.Model) -> str:
        """Nothing, in dumps: their rows are loaded with other keys, or with other ids, and open nowhere."""
        return ""
