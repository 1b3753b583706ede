"""Who is calling the API."""

from rest_framework import authentication
from rest_framework.request import Request


class SessionAuthentication(authentication.SessionAuthentication):
    """DRF's, but a request without a session is a 401 (its own says 403)."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"
