"""Making, rotating and revoking API keys, each with its line in the audit trail."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone

from apps.accounts.keys import make_key_text
from apps.accounts.models import ApiKey, User
from apps.accounts.selectors.readers import renew
from apps.accounts.services.audit import record
from apps.accounts.types import Operator, Reader
from apps.common.errors import Conflict, Invalid, NotAllowed, NotFound

logger = logging.getLogger(__name__)

DAYS, DAYS_MAX = 90, 365
GRACE_HOURS, GRACE_HOURS_MAX = 24, 168
LIVING_MAX = 50
NAME_CHARS = 80
USED_EVERY = timedelta(minutes=1)


def make_key(reader: Reader, *, name: str, scopes: Iterable[str], days: int = DAYS) -> tuple[ApiKey, str]:
    """Make a key of the reader's own, with some of the reader's permissions; gives its text, which is kept nowhere."""
    reader.require("key.create")
    _require_a_person(reader)
    name, wanted = _clean_name(name), _clean_scopes(reader, scopes)
    if not 1 <= days <= DAYS_MAX:
        raise Invalid(f"A key lasts 1 to {DAYS_MAX} days.")
    with transaction.atomic():
        _hold_place(reader)
        key, text = _create(reader, name=name, scopes=wanted, expires_at=timezone.now() + timedelta(days=days))
        record("key.made", reader=reader, target=key, scopes=key.scopes, expires_at=key.expires_at)
    return key, text


def rotate_key(reader: Reader, key: ApiKey, *, grace_hours: int = GRACE_HOURS) -> tuple[ApiKey, str]:
    """Make a key with the same name and scopes in the place of `key`, which goes on for `grace_hours` at most.

    Raises Conflict for a key that has ended, or has been replaced already: of two who rotate at once, one does.
    """
    reader.require("key.create", key)
    _require_a_person(reader)
    if not 0 <= grace_hours <= GRACE_HOURS_MAX:
        raise Invalid(f"The old key goes on for 0 to {GRACE_HOURS_MAX} hours.")
    with transaction.atomic():
        # The key before the person, as where one is revoked: its trigger counts the person's epoch.
        old = _locked(key)
        _hold_place(reader, instead_of=old)
        now = timezone.now()
        if old.revoked_at is not None or old.expires_at <= now:
            raise Conflict("This key has ended. Make a new one.")
        if old.replaced_by.exists():
            raise Conflict("This key has been replaced already.")
        new, text = _create(reader, name=old.name, scopes=old.scopes, expires_at=now + timedelta(days=DAYS), replaces=old)
        old.expires_at = min(old.expires_at, now + timedelta(hours=grace_hours))
        old.save(update_fields=["expires_at"])
        record("key.rotated", reader=reader, target=new, replaces=str(old.pk), replaced_expires_at=old.expires_at)
    return new, text


def revoke_key(by: Reader | Operator, key: ApiKey) -> ApiKey:
    """End a key at once: one's own, anybody's for who manages keys, any for an operator. Again, it changes nothing."""
    if isinstance(by, Reader):
        by.require("key.manage", key)
    elif not by.can_change(ApiKey):
        raise NotAllowed("keys")
    with transaction.atomic():
        held = _locked(key)
        if held.revoked_at is not None:
            return held
        held.revoked_at = timezone.now()
        held.save(update_fields=["revoked_at"])
        if isinstance(by, Reader):
            record("key.revoked", reader=by, target=held)
        else:
            record("key.revoked", actor=by.user, workspace_id=held.workspace_id, target=held)
    return held


def note_use(key_id: UUID, last_used_at: datetime | None) -> None:
    """Write when a key was last used, at most once a minute. A write that fails is logged: the request goes on."""
    now = timezone.now()
    if last_used_at is not None and last_used_at > now - USED_EVERY:
        return
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USED_EVERY)
    try:
        with transaction.atomic():
            ApiKey.objects.filter(stale, pk=key_id).update(last_used_at=now)
    except DatabaseError:
        logger.warning("key.use_not_noted", extra={"key_id": str(key_id)})


def _require_a_person(reader: Reader) -> None:
    if reader.api_key_id is not None:
        raise NotAllowed("key.create", "An API key makes no API keys. Sign in to make one.")


def _clean_name(name: str) -> str:
    name = name.replace("\x00", "").strip()
    if not name:
        raise Invalid("Give the key a name that says what uses it.")
    if len(name) > NAME_CHARS:
        raise Invalid(f"The name has {len(name)} characters; the limit is {NAME_CHARS}.")
    return name


def _clean_scopes(reader: Reader, scopes: Iterable[str]) -> list[str]:
    wanted = set(scopes)
    if not wanted:
        raise Invalid("Choose at least one thing that the key may do.")
    if foreign := wanted - reader.permissions:
        raise Invalid(f"A key may do no more than you: not {', '.join(sorted(foreign))}.")
    return sorted(wanted)


def _hold_place(reader: Reader, instead_of: ApiKey | None = None) -> None:
    """Lock the person, so that two who make keys at once count each other's; raise Conflict where there are too many.

    Whoever waited for the lock may have lost the right meanwhile: what they may is read anew.
    """
    User.objects.select_for_update(no_key=True).get(pk=reader.user.pk)
    renew(reader).require("key.create")
    living = ApiKey.objects.alive().filter(owner=reader.user)
    if instead_of is not None:
        living = living.exclude(pk=instead_of.pk)
    if living.count() >= LIVING_MAX:
        raise Conflict(f"You have {LIVING_MAX} living keys, the most there may be. Revoke one that is not used.")


def _locked(key: ApiKey) -> ApiKey:
    held = ApiKey.objects.select_for_update(of=("self",)).filter(pk=key.pk).first()
    if held is None:
        raise NotFound
    return held


def _create(reader: Reader, *, name: str, scopes: list[str], expires_at: datetime, replaces: ApiKey | None = None) -> tuple[ApiKey, str]:
    made = make_key_text(settings.QUIRE_KEY_ENVIRONMENT)
    key = ApiKey.objects.create(
        public_id=made.public_id,
        digest=made.digest,
        name=name,
        owner=reader.user,
        workspace=reader.workspace,
        scopes=scopes,
        expires_at=expires_at,
        replaces=replaces,
    )
    return key, made.text
