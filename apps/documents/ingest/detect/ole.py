"""OLE2 containers: Outlook's messages, Office before 2007, and Office files behind a password.

Only the directory is looked at, and of it only the names in the root: a message may have an old Word file inside it.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from apps.documents.ingest.detect.refusals import locked, old_office, unsupported
from apps.documents.types import Kind

_HEADER_SIZE = 512
_ENTRY = 128
_NONE = 0xFFFFFFF0
# Of 512 bytes each, sixteen thousand names: no office file has more.
_SECTORS_MAX = 4096
_NAMES_READ_MAX = 16_384
_SAVE = "Open it in an Office program and save it as DOCX, XLSX, PPTX or PDF."
_AS_PDF = "Open it in its own program and save it as PDF."
_OTHERS = (
    ("VisioDocument", "a Visio drawing", _AS_PDF),
    ("Quill", "a Publisher file", _AS_PDF),
    ("HwpSummaryInformation", "a Hangul file (.hwp)", "Open it in Hangul or LibreOffice and save it as DOCX or PDF."),
    ("MatOST", "a file of Microsoft Works", "Open it in LibreOffice and save it as DOCX."),
    ("Props", "a file of Microsoft Project", _AS_PDF),
)


def ole_kind(file: BinaryIO) -> Kind:
    """Return MSG, or raise what else it is."""
    names = _root_names(file)
    if names is None:
        names = _names_anywhere(file)
    if any(name.startswith("__properties_version1") for name in names):
        return Kind.MSG
    if names & {"EncryptedPackage", "EncryptionInfo"}:
        raise locked()
    if "WordDocument" in names:
        raise old_office("Word", "doc", "DOCX")
    if names & {"Workbook", "Book"}:
        raise old_office("Excel", "xls", "XLSX")
    if names & {"PowerPoint Document", "PP97_DUALSTORAGE"}:
        raise old_office("PowerPoint", "ppt", "PPTX")
    for name, what, advice in _OTHERS:
        if any(found.strip("\x05 ") == name for found in names):
            raise unsupported(what, advice)
    if not names:
        raise unsupported("a file of an old Office format, and it is broken or incomplete", _SAVE)
    raise unsupported("a file of an old Office format, or of another program of that time", _SAVE)


def _names_anywhere(file: BinaryIO) -> set[str]:
    """Look for the names in a file whose directory is broken; they are no proof, but tell what to say."""
    file.seek(0)
    data = file.read(_NAMES_READ_MAX * _ENTRY)
    known = ("__properties_version1.0", "EncryptedPackage", "WordDocument", "Workbook", "PowerPoint Document")
    return {name for name in known if name.encode("utf-16-le") in data}


def _root_names(file: BinaryIO) -> set[str] | None:
    """Return the names in the root of the container, None where its directory is broken."""
    file.seek(0)
    header = file.read(_HEADER_SIZE)
    if len(header) < _HEADER_SIZE:
        return None
    shift = struct.unpack_from("<H", header, 30)[0]
    if shift not in (9, 12):
        return None
    directory = b"".join(_sectors(file, header, 1 << shift))
    entries = [directory[at : at + _ENTRY] for at in range(0, len(directory) - _ENTRY + 1, _ENTRY)]
    if not entries or entries[0][66] != 5:
        return None
    names: set[str] = set()
    seen: set[int] = set()
    waiting = [struct.unpack_from("<L", entries[0], 76)[0]]
    while waiting:
        number = waiting.pop()
        if number in seen or number >= len(entries):
            continue
        seen.add(number)
        entry = entries[number]
        names.add(entry[: min(64, max(0, struct.unpack_from("<H", entry, 64)[0] - 2))].decode("utf-16-le", errors="replace"))
        waiting.extend(struct.unpack_from("<2L", entry, 68))
    return names


def _sectors(file: BinaryIO, header: bytes, size: int) -> Iterator[bytes]:
    """Yield the sectors of the directory, following the allocation table; a chain without an end ends."""
    places = struct.unpack_from("<109L", header, 76)
    sector = struct.unpack_from("<L", header, 48)[0]
    table: dict[int, tuple[int, ...]] = {}
    for _ in range(_SECTORS_MAX):
        if sector >= _NONE:
            return
        yield _read_sector(file, sector, size)
        index, within = divmod(sector, size // 4)
        if index >= len(places) or places[index] >= _NONE:
            return
        if index not in table:
            data = _read_sector(file, places[index], size)
            table[index] = struct.unpack(f"<{len(data) // 4}L", data[: len(data) // 4 * 4])
        if within >= len(table[index]):
            return
        sector = table[index][within]


def _read_sector(file: BinaryIO, number: int, size: int) -> bytes:
    file.seek((number + 1) * size)
    return file.read(size)
