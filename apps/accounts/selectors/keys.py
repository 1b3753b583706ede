"""API keys: the one that somebody sent, and those of a workspace as its people see them."""

import hmac
from uuid import UUID

from django.conf import settings
from django.db.models import F

from apps.accounts.errors import WrongKey
from apps.accounts.keys import digest_of, parse_key
from apps.accounts.models import ApiKey
from apps.accounts.types import Reader
from apps.common.errors import NotFound

# More than anybody keeps alive; what ended long ago is in the audit trail.
SHOWN = 100
_NOBODYS = digest_of("")


def find_key(text: str) -> ApiKey:
    """Return the living key that `text` is, with its owner; raise the same WrongKey whatever is wrong.

    An unknown id is compared as well, with a digest that nothing has: it takes as long as a wrong secret.
    """
    parsed = parse_key(text, settings.QUIRE_KEY_ENVIRONMENT)
    if parsed is None:
        raise WrongKey
    of_members = ApiKey.objects.alive().filter(owner__memberships__workspace=F("workspace"))
    key = of_members.select_related("owner").filter(public_id=parsed.public_id).first()
    is_same = hmac.compare_digest(key.digest if key else _NOBODYS, parsed.digest)
    if key is None or not is_same:
        raise WrongKey
    return key


def get_key(reader: Reader, key_id: UUID) -> ApiKey:
    key = ApiKey.objects.visible_to(reader).select_related("owner").filter(pk=key_id).first()
    if key is None:
        raise NotFound
    return key


def has_living_keys(reader: Reader) -> bool:
    """Whether there is something for this reader to end."""
    return ApiKey.objects.visible_to(reader).alive().exists()


def list_own_keys(reader: Reader) -> list[ApiKey]:
    """The reader's, the newest first."""
    return _shown(reader, is_own=True)


def list_keys_of_others(reader: Reader) -> list[ApiKey]:
    """Everybody else's in the workspace, for who manages keys; empty for others."""
    return _shown(reader, is_own=False)


def _shown(reader: Reader, *, is_own: bool) -> list[ApiKey]:
    keys = ApiKey.objects.visible_to(reader).select_related("owner").prefetch_related("replaced_by")
    keys = keys.filter(owner=reader.user) if is_own else keys.exclude(owner=reader.user)
    # Those that last longest first: living ones are not pushed out by what has ended.
    return list(keys.order_by(F("revoked_at").asc(nulls_first=True), "-expires_at", "-created_at")[:SHOWN])
