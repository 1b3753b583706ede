"""One line of the table of API keys as it is shown: plain values, so that a row renders anywhere."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import ApiKey
from apps.accounts.permissions import PERMISSIONS
from apps.accounts.types import Reader

SOON = timedelta(days=14)
_UNITS = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))


@dataclass(frozen=True, slots=True)
class KeyRow:
    id: UUID
    name: str
    # The part of the key that is no secret, by which its user knows it again.
    start: str
    owner: str
    scopes: str
    created_at: datetime
    # When it ends or has ended.
    ends_at: datetime
    # Empty once it has.
    ends_word: str
    last_used_at: datetime | None
    # active, soon, replaced, expired or revoked
    state: str
    state_word: str
    can_rotate: bool
    can_revoke: bool
    rotate_url: str
    revoke_url: str


def make_key_row(reader: Reader, key: ApiKey) -> KeyRow:
    """Show a key that a selector loaded with its owner and what replaced it."""
    now = timezone.now()
    state, word = _state(key, now)
    is_alive = state not in {"expired", "revoked"}
    place = [reader.workspace.slug, key.pk]
    return KeyRow(
        id=key.pk,
        name=key.name,
        start=f"qk_{settings.QUIRE_KEY_ENVIRONMENT}_{key.public_id}",
        owner=str(key.owner),
        scopes=", ".join(one.label for one in PERMISSIONS if one.name in key.scopes),
        created_at=key.created_at,
        ends_at=key.revoked_at or key.expires_at,
        ends_word=until(key.expires_at, now) if is_alive else "",
        last_used_at=key.last_used_at,
        state=state,
        state_word=word,
        can_rotate=is_alive and state != "replaced" and reader.can("key.create", key),
        can_revoke=is_alive and reader.can("key.manage", key),
        rotate_url=reverse("accounts:key-rotate", args=place),
        revoke_url=reverse("accounts:key-revoke", args=place),
    )


def until(moment: datetime, now: datetime) -> str:
    """`in 90 days`, `in 5 hours`, `in 12 minutes`. To the nearest, for a key made a moment ago lasts 90 days and not 89."""
    left = moment - now
    unit, name = next((one for one in _UNITS if left >= 2 * one[0]), _UNITS[-1])
    count = max(1, round(left / unit))
    return f"in {count} {name}{'' if count == 1 else 's'}"


def _state(key: ApiKey, now: datetime) -> tuple[str, str]:
    if key.revoked_at is not None:
        return "revoked", "Revoked"
    if key.expires_at <= now:
        return "expired", "Expired"
    if key.replaced_by.all():
        return "replaced", "Replaced"
    return ("soon", "Ends soon") if key.expires_at - now < SOON else ("active", "Active")
