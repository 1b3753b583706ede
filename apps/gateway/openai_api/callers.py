"""Who sent this key. What was found is kept for half a second: a key that is revoked ends within one, and a busy one costs few queries."""

import re
import time
from collections import OrderedDict
from hashlib import sha256

from django.http import HttpRequest

from apps.accounts.errors import WrongKey
from apps.accounts.limits import limit_wrong_keys
from apps.accounts.selectors.keys import find_key
from apps.accounts.selectors.readers import get_reader_of_key
from apps.accounts.services.keys import note_use
from apps.accounts.types import Reader
from apps.common.db import run_db
from apps.common.single_flight import SingleFlight

KEPT_SECONDS = 0.5
KEPT_MAX = 10_000
_BEARER = re.compile(r"(?i:bearer) ([!-~]{1,200})")
# By the digest of the whole key: never by a part of it, and never the key itself.
_kept: OrderedDict[bytes, tuple[float, Reader]] = OrderedDict()
_finds: SingleFlight[Reader] = SingleFlight()


async def caller_of(request: HttpRequest) -> Reader:
    """The reader that the key acts as. Raises WrongKey, or LimitExceeded after many of these."""
    match = _BEARER.fullmatch(request.META.get("HTTP_AUTHORIZATION", ""))
    text = match.group(1) if match else ""
    digest = sha256(text.encode()).digest()
    kept = _kept.get(digest)
    if kept is not None and time.monotonic() < kept[0]:
        return kept[1]
    return await _finds.fly(digest, lambda: _keep(digest, request, text))


async def _keep(digest: bytes, request: HttpRequest, text: str) -> Reader:
    until = time.monotonic() + KEPT_SECONDS
    reader = await run_db(_find, request, text)
    _kept[digest] = until, reader
    while len(_kept) > KEPT_MAX:
        _kept.popitem(last=False)
    return reader


def _find(request: HttpRequest, text: str) -> Reader:
    try:
        key = find_key(text)
    except WrongKey:
        limit_wrong_keys(request)
        raise
    note_use(key.pk, key.last_used_at)
    return get_reader_of_key(key.pk)
