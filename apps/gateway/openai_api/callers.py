"""Who sent this key. What was found is kept for half a second: a key that is revoked ends within one, and a busy one costs few queries."""

import time
from collections import OrderedDict
from hashlib import sha256

from django.http import HttpRequest

from apps.accounts.bearer import take_key, text_of_key
from apps.accounts.limits import client_address
from apps.accounts.selectors.readers import get_reader_of_key
from apps.accounts.types import Reader
from apps.common.db import run_db
from apps.common.single_flight import SingleFlight

KEPT_SECONDS = 0.5
KEPT_MAX = 10_000
# By the digest of the whole key: never by a part of it, and never the key itself.
_kept: OrderedDict[bytes, tuple[float, Reader]] = OrderedDict()
_finds: SingleFlight[Reader] = SingleFlight()


async def caller_of(request: HttpRequest) -> Reader:
    """The reader that the key acts as. Raises WrongKey, or LimitExceeded after many of these."""
    digest = sha256(text_of_key(request).encode()).digest()
    kept = _kept.get(digest)
    if kept is not None and time.monotonic() < kept[0]:
        return kept[1]
    # By address too: wrong keys are counted by it, and nobody is to hear of somebody else's.
    return await _finds.fly((digest, client_address(request)), lambda: _keep(digest, request))


async def _keep(digest: bytes, request: HttpRequest) -> Reader:
    until = time.monotonic() + KEPT_SECONDS
    reader = await run_db(_find, request)
    _kept[digest] = until, reader
    while len(_kept) > KEPT_MAX:
        _kept.popitem(last=False)
    return reader


def _find(request: HttpRequest) -> Reader:
    return get_reader_of_key(take_key(request).pk)
