"""What a hostile file is, and the few tools that all families make theirs with."""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

MIB = 1024 * 1024
_DAY = (2026, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Lures:
    """Where files point to that try to make their reader fetch something. Whoever goes there is caught."""

    # Nobody listens there unless a test does.
    url: str = "http://127.0.0.1:9/lure"
    path: str = "/etc/passwd"


LURES = Lures()


@dataclass(frozen=True)
class Hostile:
    """One file that nobody wants: what it is called when it is sent, and how to make it."""

    family: str
    key: str
    name: str | bytes
    make: Callable[[], bytes]
    # Needs seconds or many megabytes: not in the sample that each run of the tests takes.
    is_heavy: bool = False
    # All ways in which it may end ("ready", or the code of a refusal); empty where any will do.
    ends: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        return f"{self.family}/{self.key}"


BOMB = frozenset({"too_large", "unreadable", "timed_out", "unsupported_type"})


def listed(family: str, suffix: str, makers: Mapping[str, Callable[[], bytes]], *, is_heavy: bool = False, ends: Iterable[str] = ()) -> Iterator[Hostile]:
    """One file for each maker, named as its key with `suffix`."""
    for key, make in makers.items():
        yield Hostile(family, f"{key}{suffix}", f"{key}{suffix}", make, is_heavy, frozenset(ends))


def make_zip(members: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive that is the same each time. The member `mimetype` is stored, as its formats want it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            add(archive, name, data, zipfile.ZIP_STORED if name == "mimetype" else method)
    return out.getvalue()


def add(archive: zipfile.ZipFile, name: str, data: bytes | str, method: int = zipfile.ZIP_DEFLATED) -> None:
    entry = zipfile.ZipInfo(name, _DAY)
    entry.compress_type = method
    archive.writestr(entry, data)


def read_zip(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_member(data: bytes, name: str, member: bytes | str | None) -> bytes:
    """The archive with one member put in another's place; None takes it out."""
    members: dict[str, bytes | str] = {**read_zip(data)}
    members.pop(name, None)
    return make_zip(members if member is None else {**members, name: member})


def settled(data: bytes) -> bytes:
    """An Office file that does not say when it was made."""
    return make_zip({name: re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2026-01-01T00:00:00Z", member) for name, member in read_zip(data).items()})


def zeros_deflated(megabytes: int, *, wrapped: bool, fill: bytes = b" ") -> bytes:
    """So many megabytes of one letter, as small as deflate makes them."""
    press = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
    piece = fill * MIB
    return b"".join([*(press.compress(piece) for _ in range(megabytes)), press.flush()])
