"""What only operators do: adding accounts, switching them off and on, and choosing operators. One administrator always stays."""

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import OperatorRole, User
from apps.accounts.services.actors import Actor, as_administrator, as_operator_now, checked, find, record_by
from apps.accounts.types import Operator
from apps.common.errors import Conflict, Invalid


def add_person(actor: Actor, *, email: str, name: str = "", password: str | None = None) -> User:
    """Make an account; without a password it cannot sign in until it is given one."""
    with transaction.atomic():
        operator = as_operator_now(actor)
        if User.objects.filter(email__iexact=email.strip()).exists():
            raise Conflict("There is an account with this e-mail already.")
        person: User = User.objects.create_user(email.strip(), password, name=name.strip())
        record_by(operator, "user.added", person)
    return person


def change_person(actor: Actor, *, user_id: object, email: str, name: str) -> User:
    """Change what somebody is called and what they sign in with. An e-mail of before opens nothing any more."""
    with transaction.atomic():
        operator = as_operator_now(actor)
        person: User = find(operator, User.objects.all(), user_id)
        _require_rank(operator, person)
        changed = [field for field, value in (("email", email.strip().lower()), ("name", name.strip())) if getattr(person, field) != value]
        person.email, person.name = email.strip().lower(), name.strip()
        checked(person).save(update_fields=["email", "name"])
        if "email" in changed:
            # The sign-in library's own copies of an address open the account too.
            EmailAddress.objects.filter(user=person).exclude(email__iexact=person.email).delete()
        if changed:
            record_by(operator, "user.changed", person, fields=changed)
    return person


def disable_person(actor: Actor, *, user_id: object) -> User:
    """Switch an account off: from this moment no session, key, socket or run of it does anything. Conflict for the last administrator."""
    with transaction.atomic():
        administrators = _lock_administrators()
        operator = as_operator_now(actor)
        person: User = find(operator, User.objects.all(), user_id)
        _require_rank(operator, person)
        _keep_an_administrator(person, administrators)
        if person.is_active:
            person.is_active = False
            person.save(update_fields=["is_active"])
            record_by(operator, "user.disabled", person)
    return person


def enable_person(actor: Actor, *, user_id: object) -> User:
    """Switch an account on again. Sessions from before do not come back with it: whoever has one signs in anew."""
    with transaction.atomic():
        operator = as_operator_now(actor)
        person: User = find(operator, User.objects.select_for_update(no_key=True), user_id)
        _require_rank(operator, person)
        if not person.is_active:
            _end_sessions(person)
            person.is_active = True
            person.save(update_fields=["is_active"])
            record_by(operator, "user.enabled", person)
    return person


def change_operator_role(actor: Actor, *, user_id: object, role: str) -> User:
    """Make somebody an operator, another one, or none (an empty role). Only administrators do; the last active one stays."""
    if role not in {"", *OperatorRole.values}:
        raise Invalid("There is no such operator role.")
    with transaction.atomic():
        administrators = _lock_administrators()
        operator = as_operator_now(actor)
        as_administrator(operator)
        person: User = find(operator, User.objects.all(), user_id)
        before = person.operator_role
        if role != OperatorRole.ADMINISTRATOR:
            _keep_an_administrator(person, administrators)
        if role != before:
            person.operator_role = role
            person.save(update_fields=["operator_role"])
            record_by(operator, "user.operator_role_changed", person, before=before, after=role)
    return person


def _lock_administrators() -> list[Any]:
    """Lock the rows of all active administrators, in one order for everybody, and return their ids."""
    active = User.objects.filter(operator_role=OperatorRole.ADMINISTRATOR, is_active=True).order_by("pk")
    return list(active.select_for_update(no_key=True).values_list("pk", flat=True))


def _keep_an_administrator(person: User, administrators: list[Any]) -> None:
    if administrators == [person.pk]:
        raise Conflict(f"{person} is the last administrator of this installation. Make somebody else an administrator first.")


def _require_rank(operator: Operator, person: User) -> None:
    if person.operator_role:
        as_administrator(operator)


def _end_sessions(person: User) -> None:
    """Sessions are signed text, so each one is opened to see whose it is; done seldom, and not while anybody waits."""
    live = Session.objects.filter(expire_date__gt=timezone.now()).iterator()
    theirs = [session.pk for session in live if session.get_decoded().get(SESSION_KEY) == str(person.pk)]
    Session.objects.filter(pk__in=theirs).delete()
