"""The only way to keep what was read as a reader: nobody is ever given what was kept for other rights.

The key holds all that the reading hangs on: person, workspace, permissions, groups, scopes, the epoch, and the name of the
question. Each change of rights moves the epoch and so leaves everything kept before behind, to be forgotten by time.
"""

import hashlib
import json
import uuid
from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache

from apps.accounts.types import Reader

# Longer than anything is kept that a stamp is part of: what is kept must not outlive its stamp.
STAMP_SECONDS = 24 * 3600
SECONDS_MAX = 3600

T = TypeVar("T")


def cached_for(reader: Reader, name: str, make: Callable[[], T], *, seconds: int) -> T:
    """Return what `make()` returns, or returned for the same rights at most `seconds` ago. It is made of JSON's kinds.

    `name` says which question this is, with everything but the reader that its answer hangs on: arguments, and the stamp
    (below) of what it is about. A cache that is away makes it anew each time.
    """
    if not 0 < seconds <= SECONDS_MAX:
        raise ValueError(f"seconds is from 1 to {SECONDS_MAX}")
    key = _key(reader, name)
    kept = cache.get(key)
    if kept is None:
        # Through JSON at once, so that the first caller gets the very kinds that the next one gets.
        kept = json.dumps(make())
        cache.set(key, kept, seconds)
    found: T = json.loads(kept)
    return found


def stamp_of(topic: str) -> str:
    """Return the stamp of what a kept answer is about: part of its name, so that `move_stamp` leaves the answer behind."""
    stamp: str = cache.get(f"stamp.{topic}", "")
    return stamp


def move_stamp(topic: str) -> None:
    """Say, after the commit, that something about `topic` changed. Never raises where the cache is away."""
    cache.set(f"stamp.{topic}", uuid.uuid4().hex, STAMP_SECONDS)


def _key(reader: Reader, name: str) -> str:
    rights = [
        str(reader.workspace.pk),
        str(reader.user.pk),
        sorted(reader.permissions),
        sorted(str(group) for group in reader.groups),
        None if reader.scopes is None else sorted(reader.scopes),
        reader.epoch,
        name,
    ]
    return f"reader.{hashlib.sha256(json.dumps(rights).encode()).hexdigest()}"
