"""Archives that unpack into more than there is, that lie, or that hold what no archive should."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

from tests.documents.hostile.good import GOOD, MAIN_MEMBERS, WORDS, ZIPPED, good
from tests.documents.hostile.shapes import BOMB, Hostile, add, listed, make_zip, read_zip, with_member, zeros_deflated

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")


def zip_bombs() -> Iterator[Hostile]:
    for suffix in ZIPPED:
        yield from listed("zip bomb", suffix, {"giant part": lambda suffix=suffix: giant_member(suffix, 400)}, is_heavy=True, ends=BOMB)
        yield from listed("zip bomb", suffix, {"part larger than it says": lambda suffix=suffix: lying_member(suffix, 400)}, is_heavy=True)
    bombs: dict[str, Callable[[], bytes]] = {
        "nested.docx": lambda: nested(5),
        "many giants.docx": lambda: overlapping(200),
        "hundred thousand parts.docx": lambda: crowded(100_000),
        "ten thousand parts.xlsx": lambda: crowded(10_001, ".xlsx"),
    }
    yield from listed("zip bomb", "", bombs, is_heavy=True, ends=BOMB)
    yield from listed("zip bomb", "", {"holds itself.docx": holds_itself, "holds its like.epub": lambda: _with(".epub", {"inner.epub": good(".epub")})})


def zip_lies() -> Iterator[Hostile]:
    makers: dict[str, Callable[[], bytes]] = {
        "names that climb.docx": lambda: _with(".docx", {"../../../../tmp/quire-climbed": WORDS, "word/../../climbed": WORDS, "..\\..\\climbed": WORDS}),
        "absolute names.epub": lambda: _with(".epub", {"/tmp/quire-absolute": WORDS, "C:\\absolute": WORDS}),
        "links.docx": lambda: linked(".docx", "word/media/link", "/etc/passwd"),
        "main part is a link.docx": lambda: linked(".docx", MAIN_MEMBERS[".docx"], "/etc/passwd"),
        "main part is a link.epub": lambda: linked(".epub", MAIN_MEMBERS[".epub"], "../../../../etc/passwd"),
        "same name twice.docx": twice,
        "encrypted parts.docx": lambda: patched(".docx", flag=1),
        "unknown method.xlsx": lambda: patched(".xlsx", method=99),
        "method of another.odt": lambda: patched(".odt", method=0),
        "lzma.docx": lambda: make_zip(read_zip(good(".docx")), zipfile.ZIP_LZMA),
        "bzip2.pptx": lambda: make_zip(read_zip(good(".pptx")), zipfile.ZIP_BZIP2),
        "long comment.docx": lambda: good(".docx")[:-2] + b"\xff\xff" + b"c" * 65535,
        "end in its comment.docx": lambda: good(".docx")[:-2] + b"\x16\x00" + _END.pack(b"PK\x05\x06", 0, 0, 0, 0, 0, 0, 0),
        "more entries than there are.docx": lambda: ended(".docx", entries=65535),
        "no entries.docx": lambda: ended(".docx", entries=0),
        "directory beyond the end.xlsx": lambda: ended(".xlsx", offset=0xFFFFFF00),
        "directory as large as it can.pptx": lambda: ended(".pptx", size=0xFFFFFFFE),
        "wide directory.docx": lambda: ended(".docx", entries=0xFFFF, size=0xFFFFFFFF, offset=0xFFFFFFFF),
        "crc of another.docx": lambda: patched(".docx", crc=0xDEADBEEF),
        "names with nothing.docx": lambda: _with(".docx", {"word/a\x00b.xml": WORDS, " ": WORDS, "/": WORDS, ".": WORDS}),
        "very long names.docx": lambda: _with(".docx", {"word/" + "n" * 60_000: WORDS}),
        "only folders.docx": lambda: make_zip({"word/": b"", "word/document.xml/": b""}),
        "case of names.docx": lambda: make_zip({name.upper(): data for name, data in read_zip(good(".docx")).items()}),
        "only types.docx": lambda: make_zip({"[Content_Types].xml": b"<Types/>"}),
        "types that are none.docx": lambda: with_member(good(".docx"), "[Content_Types].xml", b"not xml at all"),
        "relations without end.docx": lambda: with_member(good(".docx"), "word/_rels/document.xml.rels", _relations(20_000)),
        "first entry is a picture.docx": lambda: make_zip({"a.png": good(".png"), **read_zip(good(".docx"))}),
    }
    yield from listed("zip lie", "", makers)


def giant_member(suffix: str, megabytes: int) -> bytes:
    return _raw_last(suffix, MAIN_MEMBERS[suffix], zeros_deflated(megabytes, wrapped=False), megabytes << 20)


def lying_member(suffix: str, megabytes: int) -> bytes:
    """The directory says that the part has a hundred bytes."""
    return _raw_last(suffix, MAIN_MEMBERS[suffix], zeros_deflated(megabytes, wrapped=False), 100)


def nested(depth: int) -> bytes:
    data = make_zip({"word/document.xml": bytes(10 << 20)})
    for _ in range(depth):
        data = make_zip({"word/document.xml": data, **{f"word/media/{number}.zip": data for number in range(16)}})
    return data


def crowded(count: int, suffix: str = ".docx") -> bytes:
    out = io.BytesIO(good(suffix))
    with zipfile.ZipFile(out, "a") as archive:
        for number in range(count):
            add(archive, f"x/{number}", b"", zipfile.ZIP_STORED)
    return out.getvalue()


def overlapping(count: int) -> bytes:
    """Each entry of the directory is the same ten megabytes."""
    data = zeros_deflated(10, wrapped=False)
    names = ["word/document.xml", *(f"word/media/{number}" for number in range(count))]
    body = _local(names[0], len(data), 10 << 20, 0) + data
    return _closed(body, [_central(name, len(data), 10 << 20, 0, 0) for name in names])


def holds_itself() -> bytes:
    """A stored part that begins behind its own head and ends with the file: unpacked, it is an archive like the one it came from."""
    name = "word/document.xml"
    directory = _central(name, 0, 0, 0, 0)
    size = len(directory) + _END.size
    body = _local(name, size, size, 0, method=0)
    return _closed(body, [_central(name, size, size, 0, 0, method=0)])


def linked(suffix: str, name: str, target: str) -> bytes:
    members = read_zip(good(suffix))
    members.pop(name, None)
    out = io.BytesIO(make_zip(members))
    with zipfile.ZipFile(out, "a") as archive:
        entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
        entry.create_system, entry.external_attr = 3, 0o120777 << 16
        archive.writestr(entry, target)
    return out.getvalue()


def twice() -> bytes:
    names = ["word/document.xml", "word/document.xml"]
    data = zlib.compress(b"<w/>")[2:-4]
    body = _local(names[0], len(data), 4, zlib.crc32(b"<w/>")) + data
    return _closed(body, [_central(name, len(data), 4, zlib.crc32(b"<w/>"), 0) for name in names])


def patched(suffix: str, *, flag: int | None = None, method: int | None = None, crc: int | None = None) -> bytes:
    """Every entry of the directory changed, and the heads of the parts with it."""
    data = bytearray(good(suffix))
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.find(magic)
        while start >= 0:
            for offset, size, value in ((at, 2, flag), (at + 2, 2, method), (at + 8, 4, crc)):
                if value is not None:
                    data[start + offset : start + offset + size] = value.to_bytes(size, "little")
            start = data.find(magic, start + 4)
    return bytes(data)


def ended(suffix: str, *, entries: int | None = None, size: int | None = None, offset: int | None = None) -> bytes:
    """The record at the end says something else."""
    data = good(suffix)
    record = list(_END.unpack(data[-_END.size :]))
    if entries is not None:
        record[3] = record[4] = entries
    record[5] = record[5] if size is None else size
    record[6] = record[6] if offset is None else offset
    return data[: -_END.size] + _END.pack(*record)


def _with(suffix: str, more: dict[str, bytes | str]) -> bytes:
    return make_zip({**read_zip(good(suffix)), **more})


def _relations(count: int) -> str:
    one = '<Relationship Id="r{0}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="media/{0}.png"/>'
    inside = "".join(one.format(number) for number in range(count))
    return f'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{inside}</Relationships>'


def _raw_last(suffix: str, name: str, data: bytes, said: int) -> bytes:
    """The good archive with one part's deflated bytes and its size as given."""
    members = read_zip(good(suffix))
    members.pop(name)
    body, directory = b"", []
    for other, content in members.items():
        directory.append(_central(other, len(content), len(content), zlib.crc32(content), len(body), method=0))
        body += _local(other, len(content), len(content), zlib.crc32(content), method=0) + content
    directory.append(_central(name, len(data), said, 0, len(body)))
    return _closed(body + _local(name, len(data), said, 0) + data, directory)


def _local(name: str, packed: int, size: int, crc: int, *, method: int = 8) -> bytes:
    return _LOCAL.pack(b"PK\x03\x04", 20, 0, method, 0, 33, crc, packed, size, len(name), 0) + name.encode()


def _central(name: str, packed: int, size: int, crc: int, offset: int, *, method: int = 8) -> bytes:
    return _CENTRAL.pack(b"PK\x01\x02", 20, 20, 0, method, 0, 33, crc, packed, size, len(name), 0, 0, 0, 0, 0, offset) + name.encode()


def _closed(body: bytes, directory: list[bytes]) -> bytes:
    joined = b"".join(directory)
    return body + joined + _END.pack(b"PK\x05\x06", 0, 0, len(directory), len(directory), len(joined), len(body), 0)


assert set(ZIPPED) <= set(GOOD)
