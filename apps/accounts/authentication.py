"""Who is calling the API: a program with a key, or a person's browser with a session."""

import re

from rest_framework import authentication
from rest_framework.request import Request

from apps.accounts.errors import WrongKey
from apps.accounts.limits import limit_wrong_keys
from apps.accounts.models import ApiKey, User
from apps.accounts.selectors.keys import find_key
from apps.accounts.services.keys import note_use

_BEARER = re.compile(r"(?i:bearer) ([!-~]{1,200})")


class KeyAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer qk_…` and nothing else: no other header, no query parameter, no other scheme.

    A request with an Authorization header stands or falls by it: a session that comes along counts for nothing. Two of them
    arrive as one with a comma in it, which is no key.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        sent = request.META.get("HTTP_AUTHORIZATION")
        if sent is None:
            return None
        match = _BEARER.fullmatch(sent)
        # Until the key is known nobody calls: what comes later must not take the session's person for who did.
        request.user = None  # type: ignore[assignment]  # REST framework's word for nobody
        try:
            key = find_key(match.group(1) if match else "")
        except WrongKey:
            limit_wrong_keys(request._request)
            raise
        note_use(key.pk, key.last_used_at)
        return key.owner, key

    def authenticate_header(self, request: Request) -> str:
        return WrongKey.challenge


class SessionAuthentication(authentication.SessionAuthentication):
    """DRF's, but a request without a session is a 401 (its own says 403)."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"
