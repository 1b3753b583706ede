"""Writes OLE2 containers, as Outlook and old Office programs keep their files: every stream in sectors of 512 bytes."""

import itertools
import struct
from collections.abc import Mapping

SECTOR = 512
_FREE, _END, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF
_TABLE = 0xFFFFFFFD
# Shorter streams would lie in a stream of their own; so none is shorter.
_LONG = 4096


def make_ole(tree: Mapping[str, object]) -> bytes:
    """Return a container of `tree`: bytes are streams, mappings are folders in it."""
    entries: list[bytes] = []
    streams: list[bytes] = []
    _add(entries, streams, "Root Entry", tree, kind=5)
    directory = b"".join(entries)
    directory += bytes(-len(directory) % SECTOR)
    chains = [directory, *streams]
    table_size = 1
    while table_size * (SECTOR // 4) < table_size + sum(len(chain) // SECTOR for chain in chains):
        table_size += 1
    table = [_TABLE] * table_size
    starts = []
    for chain in chains:
        starts.append(len(table))
        table += [*range(len(table) + 1, len(table) + len(chain) // SECTOR), _END]
    table += [_FREE] * (table_size * (SECTOR // 4) - len(table))
    for number, start in enumerate(starts[1:], 1):
        directory = directory.replace(struct.pack("<L", 0xAB000000 + number), struct.pack("<L", start))
    places = [*range(table_size), *[_FREE] * (109 - table_size)]
    header = struct.pack("<8s16x5H6x3L4x5L", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, table_size, starts[0], 4096, _END, 0, _END, 0)
    return header + struct.pack("<109L", *places) + struct.pack(f"<{len(table)}L", *table) + directory + b"".join(streams)


def _add(entries: list[bytes], streams: list[bytes], name: str, content: object, kind: int = 1) -> int:
    """Write the entry and all below it; siblings hang to the right of each other."""
    number = len(entries)
    entries.append(b"")
    if isinstance(content, bytes):
        data = content.ljust(_LONG, b"\x00")
        streams.append(data + bytes(-len(data) % SECTOR))
        entries[number] = _entry(name, 2, _NONE, 0xAB000000 + len(streams), max(_LONG, len(content)))
        return number
    assert isinstance(content, Mapping)
    children = [_add(entries, streams, child, inner) for child, inner in content.items()]
    for this, after in itertools.pairwise(children):
        entries[this] = entries[this][:72] + struct.pack("<L", after) + entries[this][76:]
    entries[number] = _entry(name, kind, children[0] if children else _NONE, 0, 0)
    return number


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    spelt = name.encode("utf-16-le")
    return struct.pack("<64sHBB3L36xLQ", spelt, len(spelt) + 2, kind, 1, _NONE, _NONE, child, start, size)
