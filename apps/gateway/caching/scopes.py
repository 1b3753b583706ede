"""The scope that a caller hands in: a name for all that a reader may see, which is another one as soon as that changes."""

import hashlib

from apps.accounts.types import Reader
from apps.gateway.caching.canonical import canonical


def scope_of(reader: Reader, *parts: str) -> str:
    """Return the scope of what this person may read now, by this key; nobody else ever has it.

    `parts` are whatever else an answer hangs on, such as the stamp of the library. Each change of rights counts the epoch, so the
    reader has to be a fresh one: `selectors.readers.renew`.
    """
    rights = [
        str(reader.workspace.pk),
        str(reader.user.pk),
        reader.role,
        sorted(reader.permissions),
        sorted(str(group) for group in reader.groups),
        None if reader.scopes is None else sorted(reader.scopes),
        reader.epoch,
        parts,
    ]
    return hashlib.sha256(canonical(rights)).hexdigest()
