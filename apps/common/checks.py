"""Settings that cannot be right, each with an id and a hint."""

import re
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

SECRET_MIN = 32


@register
def environment_is_readable(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    environment = settings.QUIRE_ENVIRONMENT
    errors: list[CheckMessage] = [Error(f"{problem.name} {problem.message}.", hint=problem.hint, id="quire.E001") for problem in environment.problems]
    strangers = [
        Warning(f"{name} is set, but nothing reads it.", hint="Check its spelling against .env.example.", id="quire.W001") for name in environment.strangers()
    ]
    return errors + strangers


_KEYS_HINT = (
    "Write id:secret, several parted by commas, each id of letters and digits and only once, each secret 32 characters or more, "
    "for example 2026:$(openssl rand -hex 32)."
)


@register
def encryption_keys_are_whole(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Nothing of the keys stands in the message: it goes into logs."""
    keys = settings.QUIRE_ENCRYPTION_KEYS
    if keys.startswith("own:") and "," not in keys:
        # Made from QUIRE_SECRET_KEY, whose own check says how long that should be.
        return []
    pairs = [part.strip().partition(":") for part in keys.split(",")]
    ids = [key_id for key_id, _, _ in pairs]
    is_whole = all(re.fullmatch(r"[A-Za-z0-9_.-]{1,40}", key_id) and len(secret) >= SECRET_MIN for key_id, _, secret in pairs)
    if is_whole and len(set(ids)) == len(ids):
        return []
    return [Error("QUIRE_ENCRYPTION_KEYS is not of the form that it has to have.", hint=_KEYS_HINT, id="quire.E002")]
