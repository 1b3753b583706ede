"""Look at a zip archive's directory before anything unpacks it.

The directory's own size is checked before it is read: a small file can list a million entries.
"""

import struct
import zipfile
from typing import BinaryIO

from apps.documents.constants import (
    MAX_ARCHIVE_BYTES,
    MAX_ARCHIVE_DIRECTORY_BYTES,
    MAX_ARCHIVE_ENTRIES,
    MAX_ARCHIVE_RATIO,
)
from apps.documents.errors import ContentTooLarge, UnreadableFile

_END = b"PK\x05\x06"
_END_RECORD = struct.Struct("<4s4H2LH")
_TAIL = 65536 + _END_RECORD.size
# Small parts compress very well and harm nobody.
_RATIO_FROM_BYTES = 20 * 1024 * 1024
_BROKEN = "This file is broken or incomplete: its end is missing."
_TOO_LARGE = "This file unpacks into more than Quire reads. Split it into smaller documents."


def check_archive(file: BinaryIO) -> None:
    """Raise `ContentTooLarge` or `UnreadableFile` unless `file` is an archive of sane size."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_RECORD.size:
        raise UnreadableFile(_BROKEN)
    record = _END_RECORD.unpack_from(tail, at)
    entries, directory_size = record[4], record[5]
    if directory_size > MAX_ARCHIVE_DIRECTORY_BYTES or entries > MAX_ARCHIVE_ENTRIES:
        raise ContentTooLarge(_TOO_LARGE)
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise UnreadableFile(_BROKEN) from error
    unpacked = sum(member.file_size for member in members)
    is_bomb = unpacked > _RATIO_FROM_BYTES and unpacked > size * MAX_ARCHIVE_RATIO
    if unpacked > MAX_ARCHIVE_BYTES or is_bomb or len(members) > MAX_ARCHIVE_ENTRIES:
        raise ContentTooLarge(_TOO_LARGE)
    file.seek(0)
