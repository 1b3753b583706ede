"""The inside of an Outlook message as a tree of properties. python-oxmsg reads the container; what it trusts is checked first.

Its own classes decode strictly and believe each length, so only its tree of streams is used.
"""

import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from apps.documents.errors import ContentTooLarge, UnreadableFile
from apps.documents.ingest.text import decode

_BROKEN = "This Outlook message is broken or incomplete: it cannot be read."
_ENTRIES_MAX = 20_000
_ENTRIES_IN_ONE_MAX = 2_500
_DEPTH_MAX = 40
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_PROPERTIES = "__properties_version1.0"
_STRINGS = ("001F", "001E")
# What stands before the properties: in the message itself, in one within it, in a recipient or an attachment.
ROOT_HEAD, INNER_HEAD, PART_HEAD = 32, 24, 8
_INTEGER, _TIME = 0x0003, 0x0040
_CODE_PAGE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Node:
    """One object of a message (itself, a recipient, an attachment): its properties by number, and the objects in it."""

    # Any: python-oxmsg's Storage, which would bring olefile with it.
    storage: Any
    head: int = ROOT_HEAD
    code_page: str | None = None

    def text(self, number: int) -> str:
        """Return a property that is text, "" where there is none."""
        for kind in _STRINGS:
            data = self._streams.get(f"__substg1.0_{number:04X}{kind}")
            if data is not None:
                text = data.decode("utf-16-le", errors="replace") if kind == "001F" else decode(data.rstrip(b"\x00"), self.charset) or ""
                return text.rstrip("\x00")
        return ""

    def data(self, number: int) -> bytes:
        return self._streams.get(f"__substg1.0_{number:04X}0102", b"")

    def number(self, number: int) -> int | None:
        value = self._fixed.get((number, _INTEGER))
        return struct.unpack("<l", value[:4])[0] if value else None

    def time(self, number: int) -> datetime | None:
        value = self._fixed.get((number, _TIME))
        if value is None:
            return None
        try:
            return _EPOCH + timedelta(microseconds=struct.unpack("<Q", value)[0] // 10)
        except OverflowError:
            return None

    def parts(self, prefix: str) -> Iterator["Node"]:
        """Yield the recipients or attachments."""
        for inner in self.storage.storages:
            if inner.name.startswith(prefix):
                yield Node(inner, PART_HEAD, self.charset)

    def message(self) -> "Node | None":
        """Return the message that this attachment is."""
        inner = next((one for one in self.storage.storages if one.name == "__substg1.0_3701000D"), None)
        return Node(inner, INNER_HEAD) if inner is not None else None

    @cached_property
    def charset(self) -> str | None:
        """The charset of text that is not Unicode: the message's, else that of its body."""
        if self.code_page is not None:
            return self.code_page
        return code_page_name(self.number(0x3FFD)) or code_page_name(self.number(0x3FDE))

    @cached_property
    def _streams(self) -> dict[str, bytes]:
        return {stream.name: stream.bytes_ for stream in self.storage.streams}

    @cached_property
    def _fixed(self) -> dict[tuple[int, int], bytes]:
        """Properties of a few bytes, by number and type."""
        data = self._streams.get(_PROPERTIES, b"")
        found: dict[tuple[int, int], bytes] = {}
        for at in range(self.head, len(data) - 15, 16):
            kind, number = struct.unpack_from("<2H", data, at)
            found.setdefault((number, kind), data[at + 8 : at + 16])
        return found


def code_page_name(number: int | None) -> str | None:
    """Return Python's name of one of Windows' code pages."""
    from oxmsg.domain.encodings import encoding_from_codepage
    from oxmsg.domain.model import UnrecognizedCodePageError, UnsupportedEncodingError

    if number is None:
        return None
    try:
        name = encoding_from_codepage(number)
    except (UnrecognizedCodePageError, UnsupportedEncodingError):
        return None
    return name if _CODE_PAGE.fullmatch(name) else None


def open_message(path: Path) -> Node:
    """Return the message; raise `UnreadableFile` for a container that does not hold together."""
    from olefile import OleFileIO
    from olefile.olefile import OleFileError
    from oxmsg.storage import Storage

    data = path.read_bytes()
    _check_header(data)
    try:
        with OleFileIO(io.BytesIO(data)) as ole:
            _check_tree(ole.root, len(data))
            storage = Storage.from_ole(ole)
    except RecursionError as error:
        raise ContentTooLarge("The parts of this message are nested too deeply to be read.") from error
    except (OleFileError, OSError, ValueError, TypeError, IndexError, KeyError, AttributeError, AssertionError, struct.error, OverflowError) as error:
        raise UnreadableFile(_BROKEN) from error
    node = Node(storage)
    if not any(stream.name == _PROPERTIES for stream in storage.streams):
        raise UnreadableFile(_BROKEN)
    return node


def _check_header(data: bytes) -> None:
    """Refuse tables that say they are larger than the file: they would be read round and round."""
    if len(data) < 512:
        raise UnreadableFile(_BROKEN)
    tables, small_tables, more_tables = (struct.unpack_from("<L", data, at)[0] for at in (44, 64, 72))
    shift = struct.unpack_from("<H", data, 30)[0]
    if shift not in (9, 12):
        raise UnreadableFile(_BROKEN)
    sectors = len(data) >> shift
    needed = sectors // ((1 << shift) // 4) + 1
    if tables > 2 * needed + 8 or small_tables > sectors or more_tables > sectors:
        raise UnreadableFile(_BROKEN)


def _check_tree(root: Any, size: int) -> None:
    """Refuse streams that are together larger than their file, and more names than any message has."""
    waiting = [(root, 0)]
    entries = said = 0
    seen: set[int] = set()
    while waiting:
        node, depth = waiting.pop()
        if id(node) in seen:
            # A folder that is in itself.
            raise UnreadableFile(_BROKEN)
        seen.add(id(node))
        entries += 1
        if node is not root and not node.kids:
            said += max(0, node.size)
        if entries > _ENTRIES_MAX or len(node.kids) > _ENTRIES_IN_ONE_MAX or depth > _DEPTH_MAX:
            raise ContentTooLarge("This Outlook message has more parts than Quire reads.")
        if said > 2 * size:
            raise UnreadableFile(_BROKEN)
        waiting.extend((kid, depth + 1) for kid in node.kids)
