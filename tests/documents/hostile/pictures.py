"""Pictures that say they are larger than any memory, or are not quite pictures."""

import struct
import zlib
from collections.abc import Callable, Iterator

from tests.documents.hostile.good import good
from tests.documents.hostile.shapes import BOMB, Hostile, listed, zeros_deflated

_PNG = b"\x89PNG\r\n\x1a\n"


def pictures() -> Iterator[Hostile]:
    pngs: dict[str, Callable[[], bytes]] = {
        "hundred thousand wide": lambda: png(100_000, 100_000, zlib.compress(bytes(1000))),
        "as wide as a number": lambda: png(2_147_483_647, 2_147_483_647, zlib.compress(b"\0")),
        "no size": lambda: png(0, 0, b""),
        "one line of all": lambda: png(2_000_000_000, 1, zlib.compress(bytes(1000))),
        "no picture in it": lambda: _PNG + chunk(b"IEND", b""),
        "length of a part is a lie": lambda: _PNG + struct.pack(">I4s", 0x7FFFFFFF, b"IHDR") + bytes(100),
        "thousand heads": lambda: _PNG + chunk(b"IHDR", struct.pack(">2I5B", 10, 10, 8, 2, 0, 0, 0)) * 1000,
        "depth of none": lambda: png(10, 10, zlib.compress(bytes(400)), depth=77, color=99),
        "frames without end": lambda: _PNG + good(".png")[8:33] + chunk(b"acTL", struct.pack(">2I", 0xFFFFFFF, 0)) + good(".png")[33:],
    }
    yield from listed("picture", ".png", pngs)
    heavy: dict[str, Callable[[], bytes]] = {
        "black field of 900 megapixels": lambda: png(30_000, 30_000, zeros_deflated(900, wrapped=True, fill=b"\0"), color=0),
        "hidden text": lambda: _PNG + good(".png")[8:33] + chunk(b"zTXt", b"a\0\0" + zeros_deflated(500, wrapped=True)) + good(".png")[33:],
        "profile that unpacks": lambda: _PNG + good(".png")[8:33] + chunk(b"iCCP", b"a\0\0" + zeros_deflated(500, wrapped=True)) + good(".png")[33:],
    }
    yield from listed("picture", ".png", {"black field of 900 megapixels": heavy.pop("black field of 900 megapixels")}, is_heavy=True, ends=BOMB | {"no_text"})
    yield from listed("picture", ".png", heavy, is_heavy=True)
    yield from listed("picture", ".tif", _tiffs())
    yield from listed("picture", ".jpg", _jpegs())


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, data: bytes, *, depth: int = 8, color: int = 2) -> bytes:
    head = chunk(b"IHDR", struct.pack(">2I5B", width, height, depth, color, 0, 0, 0))
    return _PNG + head + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def tiff(entries: list[tuple[int, int, int, int]], *, following: int = 0, tail: bytes = b"") -> bytes:
    """One directory of (tag, type, count, value), the offset of the next, and bytes behind."""
    rows = b"".join(struct.pack("<2H2I", *entry) for entry in sorted(entries))
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + rows + struct.pack("<I", following) + tail


def _tiffs() -> dict[str, Callable[[], bytes]]:
    def basic(width: int, height: int, length: int = 100) -> list[tuple[int, int, int, int]]:
        return [
            (256, 4, 1, width),
            (257, 4, 1, height),
            (258, 3, 1, 8),
            (259, 3, 1, 1),
            (262, 3, 1, 1),
            (273, 4, 1, 200),
            (278, 4, 1, height),
            (279, 4, 1, length),
        ]

    def chained(count: int) -> bytes:
        """Each directory is the same ten entries, but for where the next one stands."""
        entries = basic(10, 10)
        size = 2 + 12 * len(entries) + 4
        rows = b"".join(struct.pack("<2H2I", *entry) for entry in entries)
        pages = (struct.pack("<H", len(entries)) + rows + struct.pack("<I", 8 + size * (number + 1) if number + 1 < count else 0) for number in range(count))
        return b"II*\0" + struct.pack("<I", 8) + b"".join(pages)

    return {
        "hundred thousand wide": lambda: tiff(basic(100_000, 100_000), tail=bytes(300)),
        "as wide as a number": lambda: tiff(basic(0xFFFFFFFF, 0xFFFFFFFF), tail=bytes(300)),
        "no size": lambda: tiff(basic(0, 0)),
        "directory in a loop": lambda: tiff(basic(10, 10), following=8, tail=bytes(300)),
        "twenty thousand pages": lambda: chained(20_000),
        "directory beyond the end": lambda: b"II*\0" + struct.pack("<I", 0xFFFFFFF0),
        "directory of everything": lambda: b"II*\0" + struct.pack("<IH", 8, 65535) + bytes(1000),
        "values without end": lambda: tiff([*basic(10, 10), (270, 2, 0xFFFFFFFF, 8), (700, 1, 0x7FFFFFFF, 8)], tail=bytes(300)),
        "strips of everywhere": lambda: tiff(basic(1000, 1000, 0x7FFFFFFF), tail=bytes(300)),
        "packed with nothing known": lambda: tiff([(259, 3, 1, 40_000) if tag == 259 else (tag, *rest) for tag, *rest in basic(10, 10)], tail=bytes(300)),
        "wide words": lambda: b"II+\0\x08\0\0\0" + struct.pack("<Q", 16) + struct.pack("<Q", 0xFFFFFFFFFFFF) + bytes(300),
        "other end first": lambda: b"MM\0*" + struct.pack(">IH", 8, 1) + struct.pack(">2H2I", 256, 3, 1, 65535 << 16) + bytes(4),
    }


def _jpegs() -> dict[str, Callable[[], bytes]]:
    def sized(width: int, height: int) -> bytes:
        data = good(".jpg")
        at = data.find(b"\xff\xc0") + 5
        return data[:at] + struct.pack(">2H", height, width) + data[at + 4 :]

    def scans(count: int) -> bytes:
        data = good(".jpg")
        at = data.find(b"\xff\xda")
        return data[:at] + (data[at : at + 14] + b"\x00") * count + data[at:]

    return {
        "as wide as it goes": lambda: sized(65535, 65535),
        "no size": lambda: sized(0, 0),
        "one scan after another": lambda: scans(20_000),
        "marks without end": lambda: b"\xff\xd8" + b"\xff\xe1\x00\x02" * 200_000,
        "large camera notes": lambda: b"\xff\xd8\xff\xe1\xff\xfeExif\0\0II*\0\x08\0\0\0\xff\xff" + bytes(65000) + good(".jpg")[2:],
        "nothing after the head": lambda: good(".jpg")[: good(".jpg").find(b"\xff\xda")],
        "no tables": lambda: b"\xff\xd8" + good(".jpg")[good(".jpg").find(b"\xff\xc0") :],
    }
