"""Who a browser's session belongs to at this moment, for connections that stay open."""

from importlib import import_module
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user

from apps.accounts.models import User
from apps.accounts.selectors.readers import renew
from apps.accounts.selectors.standing import has_session
from apps.accounts.types import Reader
from apps.common.errors import NotFound, NotSignedIn

ENDED = "Your session has ended. Sign in again."


def get_session_user(session_key: str | None) -> User:
    """Return the session's person. Raise NotSignedIn once it ended: by signing out, a new password, or a person switched off."""
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    # Any: Django asks no more of a request than its session.
    request: Any = SimpleNamespace(session=session)
    user = get_user(request)
    if not user.is_authenticated:
        raise NotSignedIn(ENDED)
    return user


def renew_in_session(reader: Reader, session_key: str) -> Reader:
    """Return the reader of this moment, who came by a session: two tiny queries while nothing moved.

    Raise NotSignedIn once the session ended, NotFound for who is out of the workspace.
    """
    if not has_session(session_key):
        raise NotSignedIn(ENDED)
    try:
        now = renew(reader)
    except NotFound:
        # Switched off, which ends the session too, or put out.
        get_session_user(session_key)
        raise
    if now is not reader:
        # A new password counts as well, and ends every session but the one in which it was set.
        get_session_user(session_key)
    return now
