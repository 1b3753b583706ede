"""What the library says when it cannot take or read a file.

Every refusal is final for these bytes: trying the same file again ends the same way.
"""

import errno
from typing import Any

from apps.common.errors import Invalid, QuireError

# Why a file was not read to its end, in words for its owner.
TOO_LONG = "Reading this file took too long. Split it into smaller documents."
NEEDS_MEMORY = "Reading this file needs more memory than there is. Split it into smaller documents."
# What the system says where a file finds no room.
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


class FileRefused(Invalid):
    """A file that cannot become passages; `reason` is stable, `detail` is for its owner."""

    reason = "refused"

    def __init__(self, detail: str, *, reason: str | None = None, **extra: Any) -> None:
        # Any: extra members of a problem document are whatever JSON can carry.
        if reason is not None:
            self.reason = reason
        super().__init__(detail, reason=self.reason, **extra)


class EmptyFile(FileRefused):
    reason = "empty"


class UnsupportedType(FileRefused):
    reason = "unsupported_type"


class EncryptedFile(FileRefused):
    reason = "encrypted"


class UnreadableFile(FileRefused):
    reason = "unreadable"


class NoText(FileRefused):
    reason = "no_text"


class ContentTooLarge(FileRefused):
    """The file is small enough to upload, but what it unfolds into is not."""

    reason = "too_large"


class StorageFull(QuireError):
    status, code, title, is_retryable = 507, "storage_full", "There is no room left for files", True

    def __init__(self) -> None:
        super().__init__("The storage of this installation is full, so the file was not taken. Tell its operator, then try again.")


class StorageAway(QuireError):
    status, code, title, is_retryable = 503, "storage_unavailable", "Files cannot be stored or read right now", True

    def __init__(self) -> None:
        super().__init__("The storage of this installation does not answer as it should. Try again in a minute; if it goes on, tell its operator.")


class LeaseLost(Exception):
    """Another worker has the job now, or its document is gone: stop and write nothing."""
