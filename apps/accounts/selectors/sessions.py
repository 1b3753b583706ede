"""Who a browser's session belongs to at this moment, for connections that stay open."""

from importlib import import_module
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user

from apps.accounts.models import User
from apps.common.errors import NotSignedIn


def get_session_user(session_key: str | None) -> User:
    """Return the session's person. Raise NotSignedIn once it ended: by signing out, a new password, or a person switched off."""
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    # Any: Django asks no more of a request than its session.
    request: Any = SimpleNamespace(session=session)
    user = get_user(request)
    if not user.is_authenticated:
        raise NotSignedIn("Your session has ended. Sign in again.")
    return user
