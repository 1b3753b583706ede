"""Sign-ins, sign-outs and new passwords, as Django and allauth tell of them, into the audit trail."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from apps.accounts.models import User
from apps.accounts.services.audit import note, record


@receiver(user_logged_in)
def signed_in(user: User, **_: Any) -> None:
    record("session.signed_in", actor=user)


@receiver(user_logged_out)
def signed_out(user: User | None, **_: Any) -> None:
    if user is not None:
        record("session.signed_out", actor=user)


@receiver(user_login_failed)
def sign_in_failed(credentials: dict[str, Any], **_: Any) -> None:
    """Name the person whose address it was, and nothing that was typed: some type their password into the wrong field."""
    typed = str(credentials.get("email") or credentials.get("username") or "")
    note("session.sign_in_failed", actor=User.objects.filter(email__iexact=typed[:254].replace("\0", "")).first())


@receiver(password_changed)
@receiver(password_set)
def password_was_changed(user: User, **_: Any) -> None:
    record("password.changed", actor=user, target=user, by="person")


@receiver(password_reset)
def password_was_reset(user: User, **_: Any) -> None:
    record("password.changed", actor=user, target=user, by="mail")
