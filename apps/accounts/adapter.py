from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class ClosedDoorAdapter(DefaultAccountAdapter):
    """Nobody signs themselves up: people are added by an administrator."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """On our own address: whoever asks for the mail chooses the Host header, and with it would choose where the key goes."""
        return f"{settings.QUIRE_PUBLIC_URL}{urlsplit(super().get_reset_password_from_key_url(key)).path}"
