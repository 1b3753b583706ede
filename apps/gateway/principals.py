"""From a reader to the principal on whose account a call is made."""

from apps.accounts.types import Reader
from apps.gateway.types import Principal


def principal_of(reader: Reader, purpose: str) -> Principal:
    return Principal(
        user_id=str(reader.user.pk),
        workspace_id=str(reader.workspace.pk),
        purpose=purpose,
        api_key_id=str(reader.api_key_id) if reader.api_key_id else None,
        groups=frozenset(str(group) for group in reader.groups),
    )
