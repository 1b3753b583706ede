"""Plain data as bytes by which no two different inputs are alike: each value says its kind and its length before it says itself.

JSON would not do: it has one text for a missing number and for one that is none, and refuses half of a surrogate pair.
"""

from collections.abc import Iterator, Mapping, Sequence


def canonical(value: object) -> bytes:
    """Return the bytes of `value`, made of mappings, sequences, texts, numbers, truth values and None. The order of a mapping's keys does not count.

    Works off a stack, so that no depth of nesting is too deep.
    """
    parts: list[bytes] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            parts.append(b"m%d;" % len(one))
            waiting += reversed(list(_pairs(one)))
        elif isinstance(one, Sequence) and not isinstance(one, str | bytes):
            parts.append(b"l%d;" % len(one))
            waiting += reversed(one)
        else:
            parts.append(_leaf(one))
    return b"".join(parts)


def _pairs(mapping: Mapping[str, object]) -> Iterator[object]:
    for key in sorted(mapping):
        yield key
        yield mapping[key]


def _leaf(value: object) -> bytes:
    if value is None:
        return b"n;"
    if isinstance(value, bool):
        return b"b%d;" % value
    if isinstance(value, str):
        written = value.encode("utf-8", "surrogatepass")
        return b"t%d;%b" % (len(written), written)
    if isinstance(value, int):
        # By 16, as Python writes no number of thousands of digits by 10.
        return b"i%b;" % hex(value).encode()
    if isinstance(value, float):
        return b"f%b;" % value.hex().encode()
    raise TypeError(f"{type(value).__name__} is no plain data.")
