"""No two inputs have the same bytes: what was written can be read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.gateway.caching.canonical import canonical

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[]))
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12)


def read(written):
    value, rest = _read(written)
    assert rest == b""
    return value


def _read(written):
    kind, (head, _, rest) = written[:1], written[1:].partition(b";")
    if kind == b"t":
        return rest[: int(head)].decode("utf-8", "surrogatepass"), rest[int(head) :]
    if kind in b"ml":
        items = []
        for _ in range(int(head) * (2 if kind == b"m" else 1)):
            item, rest = _read(rest)
            items.append(item)
        return (dict(zip(items[::2], items[1::2], strict=True)) if kind == b"m" else items), rest
    leaves = {b"n": lambda text: None, b"b": lambda text: text == "1", b"i": lambda text: int(text, 16), b"f": float.fromhex}
    return leaves[kind](head.decode()), rest


def sorted_deeply(value):
    if isinstance(value, dict):
        return {key: sorted_deeply(value[key]) for key in sorted(value)}
    return [sorted_deeply(one) for one in value] if isinstance(value, list) else value


@given(VALUES)
def test_what_is_written_can_be_read_back(value):
    # By their representation, because 1, 1.0 and True are equal, and a missing number is not equal to itself.
    assert repr(read(canonical(value))) == repr(sorted_deeply(value))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["ab", "c"], ["a", "bc"]),
        ([["a"], "b"], ["a", ["b"]]),
        ({"a": None}, {}),
        ({"a": float("nan")}, {"a": None}),
        (1, True),
        (1, 1.0),
        ("1", 1),
        ("\ud83d\ude00", "😀"),
        ("", None),
        ([], {}),
        (["t1;a"], "t1;a"),
    ],
)
def test_what_is_nearly_the_same_is_not(one, other):
    assert canonical(one) != canonical(other)


def test_no_number_is_too_long():
    assert canonical(10**5000) != canonical(10**5000 + 1)


def test_the_order_of_keys_does_not_count_and_that_of_items_does():
    assert canonical({"a": 1, "b": 2}) == canonical({"b": 2, "a": 1})
    assert canonical([1, 2]) != canonical([2, 1])


def test_a_tuple_is_a_list():
    assert canonical(("a", "b")) == canonical(["a", "b"])


def test_nothing_is_too_deep():
    value = []
    for _ in range(5_000):
        value = [value]
    assert len(canonical(value)) == 5_001 * len(b"l1;")


@pytest.mark.parametrize("value", [object(), b"bytes", {1, 2}])
def test_what_is_no_plain_data_is_a_mistake(value):
    with pytest.raises(TypeError, match="no plain data"):
        canonical([value])
