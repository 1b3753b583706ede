"""Look at a zip archive's directory before anything unpacks it, and read single members of it.

Nothing is ever extracted: a member is bytes in memory under a name, so links and paths out of the archive lead nowhere,
and an archive inside the archive stays closed. The directory's own size is checked before it is read: a small file can
list a million entries.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from apps.documents.constants import (
    MAX_ARCHIVE_BYTES,
    MAX_ARCHIVE_DIRECTORY_BYTES,
    MAX_ARCHIVE_ENTRIES,
    MAX_ARCHIVE_RATIO,
)
from apps.documents.errors import ContentTooLarge, EncryptedFile, UnreadableFile

_END = b"PK\x05\x06"
_END_RECORD = struct.Struct("<4s4H2LH")
_END64 = b"PK\x06\x06"
_END64_RECORD = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = b"PK\x06\x07"
_LOCATOR_SIZE = 20
_LOCAL_HEADER_SIZE = 30
_TAIL = 65536 + _END_RECORD.size + _LOCATOR_SIZE + _END64_RECORD.size
# Small parts compress very well and harm nobody.
_RATIO_FROM_BYTES = 20 * 1024 * 1024
# The formats that are archives know these two only; the others unpack a few bytes into anything.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = "This file is broken or incomplete: its end is missing."
_NONSENSE = "This file is broken: the list of what is in it does not hold together."
_DAMAGED = "This file is broken: a part of it cannot be unpacked."
_TOO_LARGE = "This file unpacks into more than Quire reads. Split it into smaller documents."
_ENCRYPTED = "This file is protected by a password. Save it without one and upload it again."
# zipfile's and zlib's ways to say that a directory or a member cannot be read.
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, NotImplementedError, RuntimeError, struct.error)


def check_archive(file: BinaryIO) -> None:
    """Raise a `FileRefused` unless `file` is an archive of sane size whose members can be read."""
    size = file.seek(0, 2)
    _check_directory_size(file, size)
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except _ZIP_ERRORS as error:
        raise UnreadableFile(_BROKEN) from error
    _check_sizes(members, size)
    _check_places(members, size)
    if any(member.flag_bits & 1 for member in members):
        raise EncryptedFile(_ENCRYPTED)
    if any(member.compress_type not in _METHODS for member in members):
        raise UnreadableFile("This file is packed in a way that Quire does not read. Save it again and upload that.")
    file.seek(0)


def _check_directory_size(file: BinaryIO, size: int) -> None:
    file.seek(max(0, size - _TAIL))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_RECORD.size:
        raise UnreadableFile(_BROKEN)
    record = _END_RECORD.unpack_from(tail, at)
    found = [(record[4], record[5])]
    # zipfile believes the large record wherever there is a locator, whatever the small one says.
    large = at - _LOCATOR_SIZE - _END64_RECORD.size
    if large >= 0 and tail[at - _LOCATOR_SIZE :].startswith(_LOCATOR) and tail[large:].startswith(_END64):
        record64 = _END64_RECORD.unpack_from(tail, large)
        found = [(record64[7], record64[8])]
    for entries, directory_size in found:
        if directory_size > MAX_ARCHIVE_DIRECTORY_BYTES or entries > MAX_ARCHIVE_ENTRIES:
            raise ContentTooLarge(_TOO_LARGE)


def _check_sizes(members: Sequence[zipfile.ZipInfo], size: int) -> None:
    unpacked = sum(member.file_size for member in members)
    is_bomb = unpacked > _RATIO_FROM_BYTES and unpacked > size * MAX_ARCHIVE_RATIO
    if unpacked > MAX_ARCHIVE_BYTES or is_bomb or len(members) > MAX_ARCHIVE_ENTRIES:
        raise ContentTooLarge(_TOO_LARGE)


def _check_places(members: Sequence[zipfile.ZipInfo], size: int) -> None:
    """Two members in one place are how a few bytes become a million files; no program writes that."""
    end = 0
    for member in sorted(members, key=lambda one: one.header_offset):
        if member.header_offset < end:
            raise UnreadableFile(_NONSENSE)
        end = member.header_offset + _LOCAL_HEADER_SIZE + member.compress_size
    if end > size:
        raise UnreadableFile(_NONSENSE)


@contextmanager
def open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Check the archive and open it; what fails while it is read is an `UnreadableFile`."""
    with path.open("rb") as file:
        check_archive(file)
        with zipfile.ZipFile(file) as archive:
            yield archive


def read_member(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """Return the bytes of one member, of the last one where several have the name.

    Raise `ContentTooLarge` for more than `limit` bytes, whatever the directory says they are, `UnreadableFile` for a
    member that is broken or missing.
    """
    try:
        with archive.open(name) as member:
            # Never without a number: zipfile would unpack all before it looks at what it was told of the size.
            data = member.read(limit + 1)
    except KeyError as error:
        raise UnreadableFile(_DAMAGED) from error
    except _ZIP_ERRORS as error:
        raise UnreadableFile(_DAMAGED) from error
    if len(data) > limit:
        raise ContentTooLarge(_TOO_LARGE)
    return data
