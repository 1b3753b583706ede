"""`Authorization: Bearer qk_…` and nothing else: no other header, no query parameter, no other scheme."""

import re

from django.http import HttpRequest

from apps.accounts.errors import WrongKey
from apps.accounts.limits import limit_wrong_keys
from apps.accounts.models import ApiKey
from apps.accounts.selectors.keys import find_key
from apps.accounts.services.keys import note_use

_BEARER = re.compile(r"(?i:bearer) ([!-~]{1,200})")


def text_of_key(request: HttpRequest) -> str:
    """What was sent as a key; empty for what cannot be one. Two headers arrive as one with a comma in it, which is no key."""
    match = _BEARER.fullmatch(request.META.get("HTTP_AUTHORIZATION", ""))
    return match.group(1) if match else ""


def take_key(request: HttpRequest) -> ApiKey:
    """The living key that was sent, with its owner; that it was used is noted. Raises WrongKey, and LimitExceeded after many of these."""
    try:
        key = find_key(text_of_key(request))
    except WrongKey:
        limit_wrong_keys(request)
        raise
    note_use(key.pk, key.last_used_at)
    return key
