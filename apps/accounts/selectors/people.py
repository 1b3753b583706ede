"""Operators of the installation, apart from any workspace."""

from apps.accounts.models import OperatorRole, User


def get_administrator(email: str = "") -> User | None:
    """Return the administrator with this e-mail, in any case of its letters; without one the first that was made."""
    administrators = User.objects.filter(operator_role=OperatorRole.ADMINISTRATOR).order_by("date_joined")
    if email:
        administrators = administrators.filter(email__iexact=email)
    found: User | None = administrators.first()
    return found
