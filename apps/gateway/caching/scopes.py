"""The scope that a caller hands in: a name for all that a reader may see, which is another one as soon as that changes."""

import hashlib
from functools import lru_cache
from uuid import UUID

from apps.accounts.types import Reader
from apps.gateway.caching.canonical import canonical


def scope_of(reader: Reader, *parts: str) -> str:
    """Return the scope of what this person may read now, by this key; nobody else ever has it.

    `parts` are whatever else an answer hangs on, such as the stamp of the library. Each change of rights counts the epoch, so the
    reader has to be a fresh one: `selectors.readers.renew`.
    """
    place = (str(reader.workspace.pk), str(reader.user.pk), reader.role, reader.epoch)
    return _scope(place, reader.permissions, reader.groups, reader.scopes, parts)


# A program asks many times a second with the same rights.
@lru_cache(maxsize=1_000)
def _scope(
    place: tuple[str, str, str, int], permissions: frozenset[str], groups: frozenset[UUID], scopes: frozenset[str] | None, parts: tuple[str, ...]
) -> str:
    rights = [*place, sorted(permissions), sorted(map(str, groups)), None if scopes is None else sorted(scopes), parts]
    return hashlib.sha256(canonical(rights)).hexdigest()
