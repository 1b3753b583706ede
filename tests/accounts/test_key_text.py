"""The text of a key: what is one, what is none, and what a typo does to it."""

import hashlib
import math
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.keys import ALPHABET, SECRET_CHARS, checksum, make_key_text, parse_key


def test_a_key_says_what_it_is_and_keeps_its_secret_to_itself():
    made = make_key_text("live")
    kind, environment, public_id, rest = made.text.split("_")
    assert (kind, environment, public_id, len(rest)) == ("qk", "live", made.public_id, SECRET_CHARS + 6)
    assert made.digest == hashlib.sha256(made.text.encode()).hexdigest()
    assert rest not in repr(made)
    assert SECRET_CHARS * math.log2(len(ALPHABET)) >= 190


def test_a_key_that_was_made_is_parsed():
    made = make_key_text("test2")
    parsed = parse_key(made.text, "test2")
    assert (parsed.public_id, parsed.digest) == (made.public_id, made.digest)


def test_no_two_keys_are_the_same():
    assert len({make_key_text("live").text for _ in range(100)}) == 100


def test_the_checksum_is_the_crc_in_base_62():
    digits = checksum("qk_live_abc")
    number = sum(ALPHABET.index(digit) * 62**place for place, digit in enumerate(reversed(digits)))
    assert (number, len(digits)) == (zlib.crc32(b"qk_live_abc"), 6)


def with_crc(body):
    return body + checksum(body)


ID, SECRET = "a" * 12, "b" * 32


@pytest.mark.parametrize(
    "text",
    [
        "",
        "qk_",
        "qk_live",
        f"qk_live_{ID}_{SECRET}",
        with_crc(f"qk_test_{ID}_{SECRET}"),
        with_crc(f"QK_live_{ID}_{SECRET}"),
        with_crc(f"sk_live_{ID}_{SECRET}"),
        with_crc(f"qk_live_{ID}{SECRET}"),
        with_crc(f"qk_live_{ID[:-1]}_{SECRET}"),
        with_crc(f"qk_live_{ID}a_{SECRET}"),
        with_crc(f"qk_live_{ID}_{SECRET[:-1]}"),
        with_crc(f"qk_live_{ID}_{SECRET}b"),
        with_crc(f"qk_live_{ID}_{SECRET[:-1]}_"),
        with_crc(f"qk_live_{ID}_{SECRET[:-1]}-"),
        with_crc(f"qk_live_{ID}_{SECRET}") + "\n",
        " " + with_crc(f"qk_live_{ID}_{SECRET}"),
        with_crc(f"qk_live_{ID}_{SECRET}") + " ",
        with_crc(f"qk_live_{ID}_{SECRET}").replace("a", "а"),  # a Cyrillic letter
        with_crc(f"qk_live_{ID}_{SECRET}").replace("b", "٢"),  # an Arabic digit
        with_crc(f"qk_live_{ID}_{SECRET}") * 2,
        "qk_live_" + "a" * 100_000,
    ],
)
def test_what_is_not_a_key_to_the_last_character_is_none(text):
    assert parse_key(text, "live") is None


def test_the_key_of_those_examples_is_well_formed_but_for_what_they_change():
    assert parse_key(with_crc(f"qk_live_{ID}_{SECRET}"), "live")


@given(st.data())
def test_any_change_of_one_character_is_told_without_the_database(data):
    text = make_key_text("live").text
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.one_of(st.sampled_from(ALPHABET), st.characters()).filter(lambda one: one != text[place]))
    assert parse_key(text[:place] + other + text[place + 1 :], "live") is None


@given(st.data())
def test_a_key_that_was_cut_off_or_lost_a_character_is_told(data):
    text = make_key_text("live").text
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert parse_key(text[:start] + text[end:], "live") is None
