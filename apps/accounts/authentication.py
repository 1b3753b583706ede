"""Who is calling the API: a program with a key, or a person's browser with a session."""

from rest_framework import authentication
from rest_framework.request import Request

from apps.accounts.bearer import take_key
from apps.accounts.errors import WrongKey
from apps.accounts.models import ApiKey, User


class KeyAuthentication(authentication.BaseAuthentication):
    """A request with an Authorization header stands or falls by it: a session that comes along counts for nothing."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        if "HTTP_AUTHORIZATION" not in request.META:
            return None
        # Until the key is known nobody calls: what comes later must not take the session's person for who did.
        request.user = None  # type: ignore[assignment]  # REST framework's word for nobody
        key = take_key(request._request)
        return key.owner, key

    def authenticate_header(self, request: Request) -> str:
        return WrongKey.challenge


class SessionAuthentication(authentication.SessionAuthentication):
    """DRF's, but a request without a session is a 401 (its own says 403)."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"
