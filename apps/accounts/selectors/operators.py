"""From a signed-in person to an Operator."""

from django.contrib.auth.models import AnonymousUser

from apps.accounts.models import User
from apps.accounts.types import Operator
from apps.common.errors import NotFound


def get_operator(user: User | AnonymousUser) -> Operator:
    """Raise NotFound for who is none: the administration is not there for them."""
    if not isinstance(user, User) or not user.is_active or not user.operator_role:
        raise NotFound
    return Operator(user=user, role=user.operator_role)
