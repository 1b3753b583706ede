"""Operators of the installation, apart from any workspace."""

from apps.accounts.models import User


def get_administrator(email: str = "") -> User | None:
    """Return the administrator with this e-mail, in any case of its letters; without one the first that was made."""
    administrators = User.objects.filter(is_superuser=True).order_by("date_joined")
    if email:
        administrators = administrators.filter(email__iexact=email)
    return administrators.first()
