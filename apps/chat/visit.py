"""Who is at the other end of a socket, and whether that still stands. A socket lives as long as its reader's rights stay the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from apps.accounts.models import User
from apps.accounts.selectors.readers import list_readers, renew
from apps.accounts.selectors.sessions import get_session_user, renew_in_session
from apps.accounts.types import Reader
from apps.chat.errors import RightsChanged
from apps.common.errors import NotFound

CONNECT_AGAIN = "What you may see or do has changed. Connect again to go on with the rights of now."


@dataclass(frozen=True, slots=True)
class Visit:
    """A session's person, and what they are in each of their workspaces, as they were read together."""

    session_key: str
    user: User
    readers: Mapping[UUID, Reader]

    def require_same_rights(self, now: "Visit") -> None:
        """Raise RightsChanged where `now` allows other things than this; a workspace that came to it changes nothing here."""
        for workspace, reader in self.readers.items():
            if workspace not in now.readers or not reader.has_same_rights(now.readers[workspace]):
                raise RightsChanged(CONNECT_AGAIN)


def read_visit(session_key: str) -> Visit:
    """Raise NotSignedIn once the session ended."""
    # The person first: should rights change in between, the epoch is the earlier one, and the watch finds that it moved.
    user = get_session_user(session_key)
    return Visit(session_key, user, {reader.workspace.pk: reader for reader in list_readers(user)})


def confirm(reader: Reader, session_key: str) -> Reader:
    """Return the reader of this moment, to be asked after an event was read and before it is sent. Who came with an API key has no session.

    Raise NotSignedIn once the session or the key ended, RightsChanged once the reader may other things than `reader` may.
    """
    try:
        now = renew(reader) if reader.api_key_id else renew_in_session(reader, session_key)
    except NotFound:
        raise RightsChanged(CONNECT_AGAIN) from None
    if not now.has_same_rights(reader):
        raise RightsChanged(CONNECT_AGAIN)
    return now
