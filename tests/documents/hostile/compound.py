"""Writes Microsoft's compound files (OLE2), as old Office and Outlook keep theirs. Small streams only, which is all that is needed here."""

import struct
from collections.abc import Mapping

_SECTOR, _MINI = 512, 64
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_NONE = 0xFFFFFFFF


def make_compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file with `streams`; a name with a slash stands in a storage."""
    mini, mini_fat, places = _pack_mini(streams)
    directory = _directory(streams, places, len(mini))
    parts = [directory, _padded(struct.pack(f"<{len(mini_fat)}I", *mini_fat), b"\xff"), _padded(mini)]
    counts = [len(part) // _SECTOR for part in parts]
    starts = [sum(counts[:at]) + 1 for at in range(3)]
    fat = [_FAT]
    for start, count in zip(starts, counts, strict=True):
        fat += [*range(start + 1, start + count), _END] if count else []
    directory = directory[:116] + struct.pack("<I", starts[2] if counts[2] else _END) + directory[120:]
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, starts[0], 0, 4096, starts[1], counts[1], _END, 0
    )
    header += struct.pack("<109I", 0, *[_FREE] * 108)
    assert len(fat) <= 128, "one sector of table is all that this writes"
    return header + struct.pack("<128I", *fat, *[_FREE] * (128 - len(fat))) + directory + parts[1] + parts[2]


def _pack_mini(streams: Mapping[str, bytes]) -> tuple[bytes, list[int], dict[str, int]]:
    data, table, places = b"", [], {}
    for name, content in streams.items():
        assert len(content) < 4096, name
        if not content:
            places[name] = _END
            continue
        places[name] = first = len(table)
        count = -(-len(content) // _MINI)
        table += [*range(first + 1, first + count), _END]
        data += content.ljust(count * _MINI, b"\0")
    return data, table, places


def _directory(streams: Mapping[str, bytes], places: Mapping[str, int], mini_size: int) -> bytes:
    """Each storage's entries hang on one another to the right, in the order that the format wants."""
    tree: dict[str, list[str]] = {"": []}
    for name in streams:
        storage, _, last = name.rpartition("/")
        if storage and storage not in tree:
            tree[storage] = []
            tree[""].append(storage)
        tree[storage].append(last)
    numbers: dict[str, int] = {"": 0}
    for storage, names in tree.items():
        names.sort(key=lambda name: (len(name), name.upper()))
        for name in names:
            numbers[f"{storage}/{name}".lstrip("/")] = len(numbers)
    entries = [b""] * len(numbers)
    entries[0] = _entry("Root Entry", 5, _NONE, numbers[tree[""][0]], 0, mini_size)
    for storage, names in tree.items():
        for name, after in zip(names, [*names[1:], ""], strict=True):
            path = f"{storage}/{name}".lstrip("/")
            right = numbers[f"{storage}/{after}".lstrip("/")] if after else _NONE
            inner = tree.get(path) if not storage else None
            child = numbers[f"{path}/{inner[0]}"] if inner else _NONE
            entries[numbers[path]] = _entry(name, 1 if inner else 2, right, child, places.get(path, 0), len(streams.get(path, b"")))
    blank = _entry("", 0, _NONE, _NONE, 0, 0)
    return b"".join(entries + [blank] * (-len(entries) % 4))


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    spelt = name.encode("utf-16-le")
    length = len(spelt) + 2 if name else 0
    return struct.pack("<64sHBBIII16xI16xIQ", spelt, length, kind, 1, _NONE, right, child, 0, start, size)


def _padded(data: bytes, fill: bytes = b"\0") -> bytes:
    return data + fill * (-len(data) % _SECTOR)
