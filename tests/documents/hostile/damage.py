"""Good files of every kind, cut short and spoilt: what a broken disk or a broken download leaves."""

import random
from collections.abc import Iterator
from functools import partial

from tests.documents.hostile.good import GOOD, MAIN_MEMBERS, ZIPPED, good
from tests.documents.hostile.shapes import Hostile, make_zip, read_zip, with_member

_CUTS = (1, 10, 33, 66, 97)
_FLIPS = (1, 12, 200)


def damaged(seed: int) -> Iterator[Hostile]:
    for suffix in GOOD:
        yield from _cut(suffix)
        yield from _spoilt(suffix, seed)
    for suffix in ZIPPED:
        yield from _inside(suffix, seed)


def _cut(suffix: str) -> Iterator[Hostile]:
    for percent in _CUTS:
        name = f"first {percent} percent{suffix}"
        yield Hostile("truncated", name, name, partial(cut_short, suffix, percent))
    yield Hostile("truncated", f"headless{suffix}", f"headless{suffix}", partial(headless, suffix))


def _spoilt(suffix: str, seed: int) -> Iterator[Hostile]:
    for count in _FLIPS:
        name = f"{count} bits flipped{suffix}"
        yield Hostile("flipped", name, name, partial(flipped, suffix, count, seed))
    for what in (zeroed, doubled, shuffled):
        name = f"{what.__name__}{suffix}"
        yield Hostile("flipped", name, name, partial(what, suffix, seed))


def _inside(suffix: str, seed: int) -> Iterator[Hostile]:
    """The archive is whole, what is in it is not."""
    main = MAIN_MEMBERS[suffix]
    for key, member in {"cut": lambda data: data[: len(data) // 2], "empty": lambda data: b"", "nuls": lambda data: bytes(len(data))}.items():
        yield Hostile("inside", f"{key}{suffix}", f"inside {key}{suffix}", partial(_with_main, suffix, member))
    yield Hostile("inside", f"flipped{suffix}", f"inside flipped{suffix}", partial(_with_main, suffix, lambda data: flip(data, 40, seed)))
    for number, name in enumerate(sorted(read_zip(good(suffix)))[:4]):
        yield Hostile("inside", f"without {name}{suffix}", f"without {number}{suffix}", partial(_without, suffix, name))
    yield Hostile("inside", f"only main{suffix}", f"only main{suffix}", partial(_only, suffix, main))


def cut_short(suffix: str, percent: int) -> bytes:
    data = good(suffix)
    return data[: max(1, len(data) * percent // 100)]


def headless(suffix: str) -> bytes:
    data = good(suffix)
    return data[len(data) // 4 :]


def flip(data: bytes, count: int, seed: int) -> bytes:
    chance, spoilt = random.Random(f"{seed}/{count}/{len(data)}"), bytearray(data)
    for _ in range(count if spoilt else 0):
        spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
    return bytes(spoilt)


def flipped(suffix: str, count: int, seed: int) -> bytes:
    return flip(good(suffix), count, seed)


def zeroed(suffix: str, seed: int) -> bytes:
    data = bytearray(good(suffix))
    start = len(data) // 3
    data[start : start + len(data) // 6] = bytes(len(data) // 6)
    return bytes(data)


def doubled(suffix: str, seed: int) -> bytes:
    data = good(suffix)
    middle = len(data) // 2
    return data[:middle] + data[middle // 2 : middle] + data[middle:]


def shuffled(suffix: str, seed: int) -> bytes:
    data = good(suffix)
    size = max(1, len(data) // 16)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    tail = pieces[1:]
    random.Random(seed).shuffle(tail)
    return pieces[0] + b"".join(tail)


def _with_main(suffix: str, member) -> bytes:
    main = MAIN_MEMBERS[suffix]
    return with_member(good(suffix), main, member(read_zip(good(suffix))[main]))


def _without(suffix: str, name: str) -> bytes:
    return with_member(good(suffix), name, None)


def _only(suffix: str, name: str) -> bytes:
    return make_zip({name: read_zip(good(suffix))[name]})
