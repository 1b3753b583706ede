from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from apps.accounts.limits import forgive_sign_in, limit_sign_in, remember_device
from apps.accounts.models import User
from apps.common.limits import Bucket


class ClosedDoorAdapter(DefaultAccountAdapter):
    """Nobody signs themselves up: people are added by an administrator."""

    _charged: list[Bucket]

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """On our own address: whoever asks for the mail chooses the Host header, and with it would choose where the key goes."""
        return f"{settings.QUIRE_PUBLIC_URL}{urlsplit(super().get_reset_password_from_key_url(key)).path}"

    # Any: allauth's credentials are whatever a way to sign in asks for.
    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """In place of allauth's own count, which checks first and counts later."""
        self._charged = limit_sign_in(request, str(credentials.get("email", "")))

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """For signing in, and for who has to prove again that it is them."""
        user: User | None = super().authenticate(request, **credentials)
        if user is not None:
            forgive_sign_in(self._charged)
        return user

    def post_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().post_login(request, user, **how)
        remember_device(response, user.email)
        return response
